/* SPDX-License-Identifier: GPL-2.0-only */
/* Many map elements with one system call, off the main thread. Main thread calls; each returns a promise. */
#ifndef SLUICE_MAP_BATCH_H
#define SLUICE_MAP_BATCH_H

#include "map.h"

namespace sluice
{

/* (count, cursor?) -> { keys, values, count, cursor? } */
Napi::Value readBatch(const Arguments &arguments, SharedDescriptor map, const MapShape &shape);
/* (keys, values, count) -> undefined */
Napi::Value writeBatch(const Arguments &arguments, SharedDescriptor map, const MapShape &shape);
/* (keys, count) -> how many of them existed */
Napi::Value removeBatch(const Arguments &arguments, SharedDescriptor map, const MapShape &shape);

} // namespace sluice

#endif
