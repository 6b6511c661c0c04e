/* SPDX-License-Identifier: GPL-2.0-only */
#include "map_batch.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>

#include "job.h"

namespace sluice
{

namespace
{

/* Elements per call; with the largest values of ours this stays well under 1 GB. */
constexpr uint32_t MOST = 1u << 24;

Napi::Uint8Array asArray(Napi::Env env, const std::vector<uint8_t> &bytes, size_t length)
{
	auto array = Napi::Uint8Array::New(env, length);
	std::copy_n(bytes.begin(), length, array.Data());
	return array;
}

class ReadBatch : public Job
{
      public:
	ReadBatch(Napi::Env env, SharedDescriptor map, const MapShape &shape, uint32_t wanted,
		std::vector<uint8_t> cursor)
	    : Job(env), map_(std::move(map)), shape_(shape), wanted_(wanted), cursor_(std::move(cursor))
	{
	}

	/* The kernel's position in the map: a bucket number for hashes, a key for other types. */
	static size_t cursorSize(const MapShape &shape)
	{
		return std::max<size_t>(shape.keySize, sizeof(uint32_t));
	}

      protected:
	void run() override
	{
		/* A hash is read by whole buckets: one that holds more than was asked for needs more room. */
		while (!attempt())
			wanted_ *= 2;
	}

	Napi::Value result(Napi::Env env) override
	{
		Napi::Object batch = Napi::Object::New(env);
		batch.Set("keys", asArray(env, keys_, static_cast<size_t>(count_) * shape_.keySize));
		batch.Set("values", asArray(env, values_, static_cast<size_t>(count_) * shape_.valueSize));
		batch.Set("count", Napi::Number::New(env, count_));
		if (!end_)
			batch.Set("cursor", asArray(env, next_, next_.size()));
		return batch;
	}

      private:
	bool attempt()
	{
		keys_.resize(static_cast<size_t>(wanted_) * shape_.keySize);
		values_.resize(static_cast<size_t>(wanted_) * shape_.valueSize);
		next_.resize(cursorSize(shape_));
		count_ = wanted_;
		int status = bpf_map_lookup_batch(map_->get(), cursor_.empty() ? nullptr : cursor_.data(), next_.data(),
			keys_.data(), values_.data(), &count_, nullptr);
		if (status == 0)
			return true;
		if (errno == ENOSPC && wanted_ < MOST)
			return false;
		if (errno != ENOENT)
			throw Failure{errno, "map.getBatch", shape_.name};
		end_ = true;
		return true;
	}

	SharedDescriptor map_;
	MapShape shape_;
	uint32_t wanted_;
	std::vector<uint8_t> cursor_;
	std::vector<uint8_t> next_;
	std::vector<uint8_t> keys_;
	std::vector<uint8_t> values_;
	uint32_t count_ = 0;
	bool end_ = false;
};

class WriteBatch : public Job
{
      public:
	WriteBatch(Napi::Env env, SharedDescriptor map, const MapShape &shape, View keys, View values, uint32_t count)
	    : Job(env), map_(std::move(map)), name_(shape.name), keys_(keys.copy()), values_(values.copy()),
	      count_(count)
	{
	}

      protected:
	void run() override
	{
		uint32_t done = count_;
		if (bpf_map_update_batch(map_->get(), keys_.data(), values_.data(), &done, nullptr) == 0)
			return;
		int error = errno;
		/* Refused as a whole, the kernel leaves the count as it was. */
		std::string progress =
			std::to_string(done) + " of " + std::to_string(count_) + " elements were written";
		throw Failure{error, "map.putBatch", name_, done < count_ ? progress : ""};
	}

	Napi::Value result(Napi::Env env) override
	{
		return env.Undefined();
	}

      private:
	SharedDescriptor map_;
	std::string name_;
	std::vector<uint8_t> keys_;
	std::vector<uint8_t> values_;
	uint32_t count_;
};

class RemoveBatch : public Job
{
      public:
	RemoveBatch(Napi::Env env, SharedDescriptor map, const MapShape &shape, View keys, uint32_t count)
	    : Job(env), map_(std::move(map)), name_(shape.name), keySize_(shape.keySize), keys_(keys.copy()),
	      count_(count)
	{
	}

      protected:
	void run() override
	{
		for (uint32_t at = 0; at < count_;) {
			uint32_t done = count_ - at;
			int status = bpf_map_delete_batch(
				map_->get(), keys_.data() + static_cast<size_t>(at) * keySize_, &done, nullptr);
			if (status != 0 && errno != ENOENT)
				throw Failure{errno, "map.deleteBatch", name_};
			removed_ += done;
			/* The kernel stops at a key that is not there: go on behind it. */
			at += done + (status != 0 ? 1 : 0);
		}
	}

	Napi::Value result(Napi::Env env) override
	{
		return Napi::Number::New(env, removed_);
	}

      private:
	SharedDescriptor map_;
	std::string name_;
	uint32_t keySize_;
	std::vector<uint8_t> keys_;
	uint32_t count_;
	uint32_t removed_ = 0;
};

} // namespace

Napi::Value readBatch(const Arguments &arguments, SharedDescriptor map, const MapShape &shape)
{
	uint32_t wanted = arguments.number(0, "count", 1, MOST);
	std::vector<uint8_t> cursor;
	if (arguments.given(1))
		cursor = arguments.bytes(1, "cursor", ReadBatch::cursorSize(shape)).copy();
	return Job::start(new ReadBatch(arguments.env(), std::move(map), shape, wanted, std::move(cursor)));
}

Napi::Value writeBatch(const Arguments &arguments, SharedDescriptor map, const MapShape &shape)
{
	uint32_t count = arguments.number(2, "count", 1, MOST);
	View keys = arguments.bytes(0, "keys", static_cast<size_t>(count) * shape.keySize);
	View values = arguments.bytes(1, "values", static_cast<size_t>(count) * shape.valueSize);
	return Job::start(new WriteBatch(arguments.env(), std::move(map), shape, keys, values, count));
}

Napi::Value removeBatch(const Arguments &arguments, SharedDescriptor map, const MapShape &shape)
{
	uint32_t count = arguments.number(1, "count", 1, MOST);
	View keys = arguments.bytes(0, "keys", static_cast<size_t>(count) * shape.keySize);
	return Job::start(new RemoveBatch(arguments.env(), std::move(map), shape, keys, count));
}

} // namespace sluice
