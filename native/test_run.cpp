/* SPDX-License-Identifier: GPL-2.0-only */
#include "test_run.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>

#include "job.h"

namespace sluice
{

namespace
{

/* A program may make its packet longer: by headers of its own, for which this is plenty. */
constexpr uint32_t GROWTH = 256;
constexpr uint32_t MOST_OUTPUT = 1u << 20;

struct Request {
	std::vector<uint8_t> data;
	std::vector<uint8_t> context;
	uint32_t outputSize;
	uint32_t repeat;
	bool liveFrames;
	uint32_t batchSize;
};

class TestRun : public Job
{
      public:
	TestRun(Napi::Env env, SharedDescriptor program, const std::string &name, Request request)
	    : Job(env), program_(std::move(program)), name_(name), request_(std::move(request)),
	      output_(request_.outputSize)
	{
	}

      protected:
	void run() override
	{
		LIBBPF_OPTS(bpf_test_run_opts, options);
		options.data_in = request_.data.empty() ? nullptr : request_.data.data();
		options.data_size_in = static_cast<uint32_t>(request_.data.size());
		options.ctx_in = request_.context.empty() ? nullptr : request_.context.data();
		options.ctx_size_in = static_cast<uint32_t>(request_.context.size());
		options.data_out = output_.empty() ? nullptr : output_.data();
		options.data_size_out = static_cast<uint32_t>(output_.size());
		options.repeat = static_cast<int>(request_.repeat);
		if (request_.liveFrames) {
			options.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
			options.batch_size = request_.batchSize;
		}
		if (bpf_prog_test_run_opts(program_->get(), &options) != 0)
			throw Failure{errno, "program.testRun", name_};
		output_.resize(std::min<size_t>(options.data_size_out, output_.size()));
		retval_ = options.retval;
		duration_ = options.duration;
	}

	Napi::Value result(Napi::Env env) override
	{
		auto data = Napi::Uint8Array::New(env, output_.size());
		std::copy(output_.begin(), output_.end(), data.Data());
		Napi::Object outcome = Napi::Object::New(env);
		outcome.Set("retval", Napi::Number::New(env, retval_));
		outcome.Set("duration", Napi::Number::New(env, duration_));
		outcome.Set("data", data);
		return outcome;
	}

      private:
	SharedDescriptor program_;
	std::string name_;
	Request request_;
	std::vector<uint8_t> output_;
	uint32_t retval_ = 0;
	uint32_t duration_ = 0;
};

} // namespace

Napi::Value runTest(const Arguments &arguments, SharedDescriptor program, const std::string &name)
{
	Options options(arguments, 0);
	auto data = options.bytes("data").value_or(std::vector<uint8_t>());
	bool live = options.boolean("liveFrames", false);
	uint32_t room = live || data.empty() ? 0 : static_cast<uint32_t>(data.size()) + GROWTH;

	Request request;
	request.data = std::move(data);
	request.context = options.bytes("context").value_or(std::vector<uint8_t>());
	request.outputSize = options.number("outputSize", 0, MOST_OUTPUT, room);
	request.repeat = options.number("repeat", 1, INT32_MAX, 1);
	request.liveFrames = live;
	request.batchSize = options.number("batchSize", 0, 256, 0);
	if (live && request.outputSize > 0)
		throw arguments.misuse("outputSize must be 0 with liveFrames: the frames leave, nothing comes back");
	if (!live && request.batchSize > 0)
		throw arguments.misuse("batchSize is for liveFrames only");
	return Job::start(new TestRun(arguments.env(), std::move(program), name, std::move(request)));
}

} // namespace sluice
