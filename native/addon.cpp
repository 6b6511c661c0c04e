/* SPDX-License-Identifier: GPL-2.0-only */
/* What JavaScript sees of this addon; src/datapath/addon.ts documents each function. */
#include <bpf/libbpf.h>
#include <net/if.h>

#include <cerrno>

#include "errors.h"
#include "handle.h"
#include "iteration.h"
#include "link.h"
#include "log.h"
#include "log_reader.h"
#include "log_sender.h"
#include "map.h"
#include "map_of_maps.h"
#include "object.h"
#include "probe.h"
#include "program.h"
#include "pump.h"
#include "ring_buffer.h"

namespace sluice
{

namespace
{

Napi::Value possibleCpus(const Napi::CallbackInfo &info)
{
	int cpus = libbpf_num_possible_cpus();
	if (cpus < 0)
		throw toError(info.Env(), {-cpus, "possibleCpus", ""});
	return Napi::Number::New(info.Env(), cpus);
}

Napi::Value interfaceIndex(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "interfaceIndex");
	std::string name = arguments.text(0, "name");
	unsigned index = if_nametoindex(name.c_str());
	if (index == 0)
		throw toError(info.Env(), {ENODEV, arguments.operation(), name});
	return Napi::Number::New(info.Env(), index);
}

Napi::Object initialize(Napi::Env env, Napi::Object exports)
{
	LogCapture::install();
	env.SetInstanceData(new Instance());
	Object::define(env);
	Map::define(env);
	Program::define(env);
	Link::define(env);
	Iteration::define(env);
	Pump::define(env);
	RingBuffer::define(env);
	Prober::define(env);
	LogReader::define(env);
	LineSender::define(env);

	exports.Set("openObject", Napi::Function::New<Object::open>(env, "openObject"));
	exports.Set("createMap", Napi::Function::New<createMap>(env, "createMap"));
	exports.Set("openMap", Napi::Function::New<openMap>(env, "openMap"));
	exports.Set("openPinnedMap", Napi::Function::New<Map::openPinned>(env, "openPinnedMap"));
	exports.Set("openPinnedLink", Napi::Function::New<Link::openPinned>(env, "openPinnedLink"));
	exports.Set("openIteration", Napi::Function::New<Iteration::open>(env, "openIteration"));
	exports.Set("startIteration", Napi::Function::New<Pump::open>(env, "startIteration"));
	exports.Set("openRingBuffer", Napi::Function::New<RingBuffer::open>(env, "openRingBuffer"));
	exports.Set("openProber", Napi::Function::New<Prober::open>(env, "openProber"));
	exports.Set("makeLogPipe", Napi::Function::New<LogReader::makePipe>(env, "makeLogPipe"));
	exports.Set("openLogReader", Napi::Function::New<LogReader::open>(env, "openLogReader"));
	exports.Set("openLineSender", Napi::Function::New<LineSender::open>(env, "openLineSender"));
	exports.Set("possibleCpus", Napi::Function::New<possibleCpus>(env, "possibleCpus"));
	exports.Set("interfaceIndex", Napi::Function::New<interfaceIndex>(env, "interfaceIndex"));
	return exports;
}

} // namespace

NODE_API_MODULE(sluice, initialize)

} // namespace sluice
