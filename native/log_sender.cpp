/* SPDX-License-Identifier: GPL-2.0-only */
#include "log_sender.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "job.h"

namespace sluice
{

namespace
{

constexpr timeval PATIENCE = {0, 200 * 1000};
constexpr size_t BATCH = 64;

struct Endpoint {
	sockaddr_storage address = {};
	socklen_t length;
	std::string name; /* for errors */
};

Endpoint unixEndpoint(const Arguments &arguments, const std::string &path)
{
	Endpoint endpoint;
	auto *address = reinterpret_cast<sockaddr_un *>(&endpoint.address);
	if (path.empty() || path.size() >= sizeof(address->sun_path))
		throw arguments.misuse(
			"path must have 1 to " + std::to_string(sizeof(address->sun_path) - 1) + " bytes");
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, path.c_str(), path.size() + 1);
	endpoint.length = sizeof(*address);
	endpoint.name = path;
	return endpoint;
}

Endpoint udpEndpoint(const Arguments &arguments, const Options &options)
{
	Endpoint endpoint;
	auto bytes = options.bytes("address");
	if (!bytes || (bytes->size() != 4 && bytes->size() != 16))
		throw arguments.misuse("address must be a Uint8Array of 4 or 16 bytes");
	uint16_t port = htons(static_cast<uint16_t>(options.number("port", 1, UINT16_MAX)));
	if (bytes->size() == 4) {
		auto *address = reinterpret_cast<sockaddr_in *>(&endpoint.address);
		address->sin_family = AF_INET;
		address->sin_port = port;
		memcpy(&address->sin_addr, bytes->data(), 4);
		endpoint.length = sizeof(*address);
	} else {
		auto *address = reinterpret_cast<sockaddr_in6 *>(&endpoint.address);
		address->sin6_family = AF_INET6;
		address->sin6_port = port;
		memcpy(&address->sin6_addr, bytes->data(), 16);
		endpoint.length = sizeof(*address);
	}
	return endpoint;
}

Endpoint endpointOf(const Arguments &arguments)
{
	Options options(arguments, 0);
	auto path = options.value("path");
	if (path && path->IsString())
		return unixEndpoint(arguments, path->As<Napi::String>().Utf8Value());
	return udpEndpoint(arguments, options);
}

SharedDescriptor connected(const Endpoint &endpoint)
{
	int family = endpoint.address.ss_family;
	auto socket = std::make_shared<Descriptor>(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	if (!socket->valid() || setsockopt(socket->get(), SOL_SOCKET, SO_SNDTIMEO, &PATIENCE, sizeof(PATIENCE)) < 0 ||
		connect(socket->get(), reinterpret_cast<const sockaddr *>(&endpoint.address), endpoint.length) < 0)
		throw Failure{errno, "lineSender.open", endpoint.name};
	return socket;
}

} // namespace

/* One block, on a thread of the pool: a consumer that does not read holds up neither the main thread nor HAProxy. */
class SendLines : public Job
{
      public:
	SendLines(Napi::Env env, SharedDescriptor socket, std::vector<uint8_t> block, std::vector<uint8_t> prefix)
	    : Job(env), socket_(std::move(socket)), block_(std::move(block)), prefix_(std::move(prefix))
	{
	}

      protected:
	void run() override
	{
		while (done_ < block_.size() && error_ == 0)
			sendSome(gather());
	}

	Napi::Value result(Napi::Env env) override
	{
		Napi::Object answer = Napi::Object::New(env);
		answer.Set("bytes", Napi::Number::New(env, static_cast<double>(done_)));
		answer.Set("tooLong", Napi::Number::New(env, tooLong_));
		answer.Set("errno", Napi::Number::New(env, error_));
		return answer;
	}

      private:
	/* The next lines as messages; how many. */
	size_t gather()
	{
		size_t count = 0;
		size_t at = done_;
		for (; count < BATCH && at < block_.size(); count++) {
			uint8_t *start = block_.data() + at;
			auto *end = static_cast<uint8_t *>(memchr(start, '\n', block_.size() - at));
			size_t length = end ? static_cast<size_t>(end - start) : block_.size() - at;
			parts_[count] = {{{prefix_.data(), prefix_.size()}, {start, length}}};
			messages_[count] = {};
			messages_[count].msg_hdr.msg_iov = parts_[count].data();
			messages_[count].msg_hdr.msg_iovlen = parts_[count].size();
			at += length + (end ? 1 : 0);
		}
		return count;
	}

	void sendSome(size_t count)
	{
		int sent = sendmmsg(socket_->get(), messages_.data(), static_cast<unsigned>(count), MSG_NOSIGNAL);
		if (sent > 0) {
			for (int i = 0; i < sent; i++)
				pass(i);
		} else if (errno == EMSGSIZE) {
			tooLong_++;
			pass(0);
		} else if (errno != EINTR) {
			error_ = errno;
		}
	}

	void pass(size_t message)
	{
		done_ = std::min(done_ + parts_[message][1].iov_len + 1, block_.size());
	}

	SharedDescriptor socket_;
	std::vector<uint8_t> block_;
	std::vector<uint8_t> prefix_;
	std::array<mmsghdr, BATCH> messages_;
	std::array<std::array<iovec, 2>, BATCH> parts_;
	size_t done_ = 0; /* bytes of the block */
	uint32_t tooLong_ = 0;
	int error_ = 0;
};

void LineSender::define(Napi::Env env)
{
	Handle<LineSender>::define(env, {
						InstanceMethod<&LineSender::send>("send"),
						InstanceMethod<&LineSender::close>("close"),
					});
}

Napi::Value LineSender::open(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "lineSender.open");
	try {
		return make(info.Env(), Initial{connected(endpointOf(arguments))});
	} catch (const Failure &failure) {
		throw toError(info.Env(), failure);
	}
}

void LineSender::initialize(Initial &initial)
{
	socket_ = std::move(initial.socket);
}

Napi::Value LineSender::send(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "lineSender.send");
	View block = arguments.bytes(0, "block");
	View prefix = arguments.bytes(1, "prefix");
	if (!socket_)
		throw arguments.misuse("the sender is closed");
	return Job::start(new SendLines(info.Env(), socket_, block.copy(), prefix.copy()));
}

Napi::Value LineSender::close(const Napi::CallbackInfo &info)
{
	socket_.reset();
	return info.Env().Undefined();
}

} // namespace sluice
