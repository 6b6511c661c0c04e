/* SPDX-License-Identifier: GPL-2.0-only */
/* Main thread: attaching is one short system call; test runs go to the thread pool (test_run.cpp). */
#include "program.h"

#include <bpf/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>

#include <cerrno>

#include "errors.h"
#include "link.h"
#include "test_run.h"

namespace sluice
{

namespace
{

Descriptor attach(int program, int target, bpf_attach_type type, uint32_t flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = flags);
	return Descriptor(bpf_link_create(program, target, type, &options));
}

/* The driver refused XDP as such; the same interface may take it generically. Others fail either way. */
bool isDriverRefusal(int error)
{
	return error != EPERM && error != EBUSY && error != EEXIST && error != ENODEV && error != EBADF;
}

} // namespace

void Program::define(Napi::Env env)
{
	Handle<Program>::define(env, {
					     InstanceAccessor<&Program::name>("name"),
					     InstanceAccessor<&Program::id>("id"),
					     InstanceMethod<&Program::attachXdp>("attachXdp"),
					     InstanceMethod<&Program::attachCgroup>("attachCgroup"),
					     InstanceMethod<&Program::testRun>("testRun"),
					     InstanceMethod<&Program::pin>("pin"),
					     InstanceMethod<&Program::close>("close"),
				     });
}

void Program::initialize(Initial &initial)
{
	bpf_prog_info info = {};
	uint32_t length = sizeof(info);
	if (bpf_obj_get_info_by_fd(initial.fd.get(), &info, &length) != 0)
		throw toError(Env(), {errno, "program.info", initial.name});
	id_ = info.id;
	name_ = std::move(initial.name);
	attachType_ = initial.attachType;
	fd_ = std::make_shared<Descriptor>(std::move(initial.fd));
}

SharedDescriptor Program::descriptor(Napi::Env env, const char *operation) const
{
	if (!fd_)
		throw toError(env, {EBADF, operation, name_, "this program handle was closed"});
	return fd_;
}

Napi::Value Program::name(const Napi::CallbackInfo &info)
{
	return Napi::String::New(info.Env(), name_);
}

Napi::Value Program::id(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), id_);
}

Napi::Value Program::attachXdp(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "program.attachXdp");
	SharedDescriptor program = descriptor(info.Env(), arguments.operation());
	int interface = static_cast<int>(arguments.number(0, "ifindex", 1, INT32_MAX));
	std::string mode = arguments.text(1, "mode");
	if (mode != "native" && mode != "generic" && mode != "auto")
		throw arguments.misuse("mode must be 'native', 'generic' or 'auto', not '" + mode + "'");

	/* The kernel would say EINVAL, as it does for an MTU that is too large. */
	char device[IF_NAMESIZE];
	if (!if_indextoname(static_cast<unsigned>(interface), device))
		throw toError(info.Env(), {ENODEV, arguments.operation(), "interface " + std::to_string(interface)});

	Descriptor link;
	if (mode != "generic")
		link = attach(program->get(), interface, BPF_XDP, XDP_FLAGS_DRV_MODE);
	bool native = link.valid();
	if (mode == "generic" || (mode == "auto" && !native && isDriverRefusal(errno)))
		link = attach(program->get(), interface, BPF_XDP, XDP_FLAGS_SKB_MODE);
	if (!link.valid())
		throw toError(info.Env(), {errno, arguments.operation(), name_ + " to " + device});

	Napi::Object attached = Napi::Object::New(info.Env());
	attached.Set("link", Link::make(info.Env(), Link::Initial{std::move(link)}));
	attached.Set("mode", Napi::String::New(info.Env(), native ? "native" : "generic"));
	return attached;
}

Napi::Value Program::attachCgroup(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "program.attachCgroup");
	SharedDescriptor program = descriptor(info.Env(), arguments.operation());
	std::string path = arguments.text(0, "cgroupPath");

	Descriptor cgroup(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	Descriptor link;
	if (cgroup.valid())
		link = attach(program->get(), cgroup.get(), attachType_, 0);
	if (!link.valid())
		throw toError(info.Env(), {errno, arguments.operation(), name_ + " to " + path});
	return Link::make(info.Env(), Link::Initial{std::move(link)});
}

Napi::Value Program::testRun(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "program.testRun");
	return runTest(arguments, descriptor(info.Env(), arguments.operation()), name_);
}

Napi::Value Program::pin(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "program.pin");
	SharedDescriptor program = descriptor(info.Env(), arguments.operation());
	std::string path = arguments.text(0, "path");

	if (bpf_obj_pin(program->get(), path.c_str()) != 0)
		throw toError(info.Env(), {errno, arguments.operation(), name_ + " at " + path});
	return info.Env().Undefined();
}

Napi::Value Program::close(const Napi::CallbackInfo &info)
{
	fd_.reset();
	return info.Env().Undefined();
}

} // namespace sluice
