/* SPDX-License-Identifier: GPL-2.0-only */
/* What keeps a program attached: the attachment lasts while a descriptor or a pin of the link exists. */
#ifndef SLUICE_LINK_H
#define SLUICE_LINK_H

#include "descriptor.h"
#include "handle.h"

namespace sluice
{

class Link : public Handle<Link>
{
      public:
	static constexpr HandleKind KIND = HandleKind::LINK;
	static constexpr const char *NAME = "BpfLink";
	struct Initial {
		Descriptor fd;
	};

	using Handle<Link>::Handle;
	void initialize(Initial &initial);
	static void define(Napi::Env env);

	/* (path) -> BpfLink */
	static Napi::Value openPinned(const Napi::CallbackInfo &info);

      private:
	SharedDescriptor descriptor(Napi::Env env, const char *operation) const;

	Napi::Value pin(const Napi::CallbackInfo &info);
	Napi::Value unpin(const Napi::CallbackInfo &info);
	Napi::Value update(const Napi::CallbackInfo &info);
	Napi::Value info(const Napi::CallbackInfo &info);
	Napi::Value detach(const Napi::CallbackInfo &info);
	Napi::Value close(const Napi::CallbackInfo &info);

	SharedDescriptor fd_;
};

} // namespace sluice

#endif
