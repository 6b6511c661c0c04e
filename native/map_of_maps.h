/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps that are made while the gateway runs, and the maps that hold them. Main thread. */
#ifndef SLUICE_MAP_OF_MAPS_H
#define SLUICE_MAP_OF_MAPS_H

#include "map.h"

namespace sluice
{

/* ({ type, name, keySize, valueSize, maxEntries, flags? }) -> BpfMap */
Napi::Value createMap(const Napi::CallbackInfo &info);
/* (id) -> BpfMap */
Napi::Value openMap(const Napi::CallbackInfo &info);

/* (key, map?) -> undefined, once no program sees what was there before; without a map the place is empty then. */
Napi::Value placeMap(const Arguments &arguments, SharedDescriptor outer, const MapShape &shape);

} // namespace sluice

#endif
