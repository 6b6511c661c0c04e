/* SPDX-License-Identifier: GPL-2.0-only */
/* Main thread: each call is one or two short system calls. */
#include "link.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include <cerrno>

#include "errors.h"
#include "log.h"
#include "pinned.h"
#include "program.h"

namespace sluice
{

namespace
{

/* Asked of the interface, since the link does not tell; undefined when the interface is not in this namespace. */
Napi::Value modeOf(Napi::Env env, uint32_t interface)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	LogCapture silence;
	if (bpf_xdp_query(static_cast<int>(interface), 0, &query) != 0)
		return env.Undefined();
	if (query.attach_mode == XDP_ATTACHED_DRV)
		return Napi::String::New(env, "native");
	if (query.attach_mode == XDP_ATTACHED_SKB)
		return Napi::String::New(env, "generic");
	return env.Undefined();
}

} // namespace

void Link::define(Napi::Env env)
{
	Handle<Link>::define(env, {
					  InstanceMethod<&Link::pin>("pin"),
					  InstanceMethod<&Link::unpin>("unpin"),
					  InstanceMethod<&Link::update>("update"),
					  InstanceMethod<&Link::info>("info"),
					  InstanceMethod<&Link::detach>("detach"),
					  InstanceMethod<&Link::close>("close"),
				  });
}

Napi::Value Link::openPinned(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "link.open");
	std::string path = arguments.text(0, "path");

	try {
		return make(info.Env(), Initial{sluice::openPinned(path, "link", arguments.operation())});
	} catch (const Failure &failure) {
		throw toError(info.Env(), failure);
	}
}

void Link::initialize(Initial &initial)
{
	fd_ = std::make_shared<Descriptor>(std::move(initial.fd));
}

SharedDescriptor Link::descriptor(Napi::Env env, const char *operation) const
{
	if (!fd_)
		throw toError(env, {EBADF, operation, "", "this link was closed"});
	return fd_;
}

Napi::Value Link::pin(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "link.pin");
	SharedDescriptor link = descriptor(info.Env(), arguments.operation());
	std::string path = arguments.text(0, "path");

	if (bpf_obj_pin(link->get(), path.c_str()) != 0)
		throw toError(info.Env(), {errno, arguments.operation(), path});
	return info.Env().Undefined();
}

Napi::Value Link::unpin(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "link.unpin");
	descriptor(info.Env(), arguments.operation());
	std::string path = arguments.text(0, "path");

	if (unlink(path.c_str()) != 0)
		throw toError(info.Env(), {errno, arguments.operation(), path});
	return info.Env().Undefined();
}

Napi::Value Link::update(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "link.update");
	SharedDescriptor link = descriptor(info.Env(), arguments.operation());
	Program &program = Program::from(arguments, "program", arguments.at(0));
	SharedDescriptor replacement = program.descriptor(info.Env(), arguments.operation());

	if (bpf_link_update(link->get(), replacement->get(), nullptr) != 0)
		throw toError(info.Env(), {errno, arguments.operation(), "to " + program.label()});
	return info.Env().Undefined();
}

Napi::Value Link::info(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "link.info");
	SharedDescriptor link = descriptor(info.Env(), arguments.operation());

	bpf_link_info facts = {};
	uint32_t length = sizeof(facts);
	if (bpf_obj_get_info_by_fd(link->get(), &facts, &length) != 0)
		throw toError(info.Env(), {errno, arguments.operation(), ""});

	Napi::Object answer = Napi::Object::New(info.Env());
	answer.Set("id", Napi::Number::New(info.Env(), facts.id));
	answer.Set("programId", Napi::Number::New(info.Env(), facts.prog_id));
	if (facts.type == BPF_LINK_TYPE_XDP && facts.xdp.ifindex != 0) {
		answer.Set("ifindex", Napi::Number::New(info.Env(), facts.xdp.ifindex));
		Napi::Value mode = modeOf(info.Env(), facts.xdp.ifindex);
		if (!mode.IsUndefined())
			answer.Set("mode", mode);
	}
	return answer;
}

Napi::Value Link::detach(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "link.detach");
	SharedDescriptor link = descriptor(info.Env(), arguments.operation());

	if (bpf_link_detach(link->get()) != 0)
		throw toError(info.Env(), {errno, arguments.operation(), ""});
	return info.Env().Undefined();
}

Napi::Value Link::close(const Napi::CallbackInfo &info)
{
	fd_.reset();
	return info.Env().Undefined();
}

} // namespace sluice
