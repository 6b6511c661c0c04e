/* SPDX-License-Identifier: GPL-2.0-only */
#include "iteration.h"

#include <algorithm>
#include <cerrno>

#include "errors.h"
#include "iterator.h"
#include "job.h"
#include "map.h"
#include "program.h"

namespace sluice
{

namespace
{

constexpr uint32_t MOST_BYTES = 64u << 20;

} // namespace

/* The kernel returns 32 KiB at most per read: a chunk is filled by as many reads as it takes. */
class ReadIteration : public Job
{
      public:
	ReadIteration(Napi::Env env, Iteration &owner)
	    : Job(env), pass_(owner.pass_), buffer_(owner.readSize_), owner_(owner)
	{
		owner_.reading_ = true;
		owner_.Ref();
	}

      protected:
	void run() override
	{
		while (length_ < buffer_.size()) {
			ssize_t got = readPass(*pass_, buffer_.data() + length_, buffer_.size() - length_);
			if (got == 0)
				return;
			if (got > 0)
				length_ += static_cast<size_t>(got);
			else if (got != -EAGAIN && got != -EINTR)
				throw Failure{static_cast<int>(-got), "iteration.next", ""};
		}
	}

	Napi::Value result(Napi::Env env) override
	{
		release();
		if (length_ == 0)
			return env.Undefined();
		auto chunk = Napi::Uint8Array::New(env, length_);
		std::copy_n(buffer_.begin(), length_, chunk.Data());
		return chunk;
	}

	void failed() override
	{
		release();
	}

      private:
	void release()
	{
		owner_.reading_ = false;
		owner_.Unref();
	}

	SharedDescriptor pass_;
	std::vector<uint8_t> buffer_;
	size_t length_ = 0;
	Iteration &owner_; /* main thread only */
};

void Iteration::define(Napi::Env env)
{
	Handle<Iteration>::define(env, {
					       InstanceMethod<&Iteration::next>("next"),
					       InstanceMethod<&Iteration::close>("close"),
				       });
}

Napi::Value Iteration::open(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "iteration.open");
	Program &program = Program::from(arguments, "program", arguments.at(0));
	Map &map = Map::from(arguments, "map", arguments.at(1));
	uint32_t readSize = arguments.number(2, "readSize", 1, MOST_BYTES);
	try {
		Iterator iterator(program.descriptor(info.Env(), arguments.operation())->get(),
			map.descriptor(info.Env(), arguments.operation())->get(), arguments.operation());
		return make(info.Env(), Initial{iterator.pass(arguments.operation()), readSize});
	} catch (Failure &failure) {
		failure.subject = program.label() + " over " + map.shape().name;
		throw toError(info.Env(), failure);
	}
}

void Iteration::initialize(Initial &initial)
{
	pass_ = std::make_shared<Descriptor>(std::move(initial.pass));
	readSize_ = initial.readSize;
}

Napi::Value Iteration::next(const Napi::CallbackInfo &info)
{
	if (!pass_)
		throw toError(info.Env(), {EBADF, "iteration.next", "", "this iteration was closed"});
	/* Two reads at once would each get every other piece of the output. */
	if (reading_)
		throw toError(info.Env(), {EBUSY, "iteration.next", "", "the previous chunk has not arrived yet"});
	return Job::start(new ReadIteration(info.Env(), *this));
}

Napi::Value Iteration::close(const Napi::CallbackInfo &info)
{
	pass_.reset();
	return info.Env().Undefined();
}

} // namespace sluice
