#include "actors/user_registry.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/errors.hpp"
#include "actors/login_challenges.hpp"
#include "actors/passwords.hpp"
#include "actors/scram.hpp"
#include "cfg/log.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/dfs_entry.hpp"

namespace pelorus {

namespace {

using namespace std::chrono_literals;
constexpr auto metadata_deadline = 30s;
constexpr int64_t ticket_lifetime_s = 24 * 3600;
constexpr auto bootstrap_user = "admin", bootstrap_password = "123456", ticket_key_name = "ticket_key";

struct user_registry_state {
  /// By user, a digest of hash and password that matched: saves the slow hash on every reconnect of a client.
  std::map<std::string, std::string> verified;
  /// By user, the password hash that a SCRAM verifier is kept for: saves the question at each login.
  std::map<std::string, std::string> has_verifier;
  std::string ticket_key;
  static inline const char* name = "user_registry";
};
using pointer = user_registry_actor::stateful_pointer<user_registry_state>;

error refused() { return {ec::permission, "The user name or password is incorrect."}; }

int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

bool matches(user_registry_state& st, const user_record& user, const std::string& password) {
  auto digest = quick_digest(user.password_hash + password);
  auto known = st.verified.find(user.name);
  if (known != st.verified.end() && known->second == digest) return true;
  if (!verify_password(user.password_hash, password)) return false;
  st.verified[user.name] = digest;
  return true;
}

class registry {
public:
  registry(pointer self, metadata_actor metadata) : self_(self), metadata_(std::move(metadata)) {}

  void bootstrap() {
    ask_user(bootstrap_user, [this](expected<user_record> admin) {
      if (admin) {
        warn_about(*admin);
        return let_in();
      }
      if (admin.error().code != ec::not_found) {
        log_error("cannot read the users: {}", admin.error().message);
        return let_in();
      }
      store(bootstrap_user, bootstrap_password, true, [this](expected<void> done) {
        if (!done) log_error("cannot create user {}: {}", bootstrap_user, done.error().message);
        else log_warn("user {} has the well-known initial password; change it with changePwd", bootstrap_user);
        let_in();
      });
    });
  }

  caf::result<user_view> authenticate_user(const authenticate& who) {
    auto promise = self_->make_response_promise<user_view>();
    if (open_) answer(who, promise);
    else waiting_.push_back([this, who, promise] { answer(who, promise); });
    return promise;
  }

  void answer(const authenticate& who, caf::typed_response_promise<user_view> promise) {
    ask_user(who.user, [this, who, promise](expected<user_record> user) mutable {
      static const auto dummy = hash_password("no such user");  // an unknown user costs the same time
      if (!user) {
        if (dummy) verify_password(*dummy, who.password);
        bool unknown = user.error().code == ec::not_found;
        promise.deliver(to_caf(unknown ? refused() : user.error()));
      } else if (!matches(self_->state, *user, who.password)) {
        promise.deliver(to_caf(refused()));
      } else {
        promise.deliver(user_view{user->name, user->is_admin, who.password == bootstrap_password});
        ensure_verifier(*user, who.password);
      }
    });
  }

  caf::result<user_view> describe_one(const describe_user& who) {
    auto promise = self_->make_response_promise<user_view>();
    ask_user(who.user, [promise](expected<user_record> user) mutable {
      if (user) promise.deliver(user_view{user->name, user->is_admin, false});
      else promise.deliver(to_caf(user.error()));
    });
    return promise;
  }

  caf::result<void> change(const change_password& order) {
    auto promise = self_->make_response_promise<caf::response_promise>();
    ask_user(order.user, [this, order, promise](expected<user_record> user) mutable {
      if (!user || !matches(self_->state, *user, order.old_password)) return void(promise.deliver(to_caf(refused())));
      if (order.new_password.empty())
        return void(promise.deliver(to_caf({ec::bad_argument, "the new password must not be empty"})));
      store(user->name, order.new_password, user->is_admin, [promise](expected<void> done) mutable {
        if (done) promise.deliver(caf::unit);
        else promise.deliver(to_caf(done.error()));
      });
    });
    return promise;
  }

  template <class Out, class F>
  caf::result<Out> with_ticket_key(F use) {
    auto promise = self_->make_response_promise<Out>();
    auto& key = self_->state.ticket_key;
    if (!key.empty()) {
      use(promise);
      return promise;
    }
    auto failed = [promise](caf::error& err) mutable { promise.deliver(std::move(err)); };
    self_->request(metadata_, metadata_deadline, get_blob{ticket_key_name})
        .then(
            [this, promise, use, failed](bytes& known) mutable -> void {
              self_->state.ticket_key = known.empty() ? make_ticket_key() : known;
              if (!known.empty()) return void(use(promise));
              mutate save{encode_entry(set_blob{ticket_key_name, self_->state.ticket_key})};
              self_->request(metadata_, metadata_deadline, save).then([promise, use]() mutable { use(promise); }, failed);
            },
            failed);
    return promise;
  }

  caf::result<std::string> issue(const issue_ticket& order) {
    return with_ticket_key<std::string>([this, order](auto& promise) {
      promise.deliver(make_ticket(self_->state.ticket_key, order.user, now_s() + ticket_lifetime_s));
    });
  }

  caf::result<user_view> check(const check_ticket& order) {
    return with_ticket_key<user_view>([this, order](auto& promise) {
      auto name = check_ticket_text(self_->state.ticket_key, order.ticket, now_s());
      if (!name) return void(promise.deliver(to_caf(name.error())));
      ask_user(*name, [promise](expected<user_record> user) mutable {
        if (user) promise.deliver(user_view{user->name, user->is_admin, false});
        else promise.deliver(to_caf(user.error()));
      });
    });
  }

private:
  /// The administrator is known or made: whoever came before is answered now, not told that the password is wrong.
  void let_in() {
    open_ = true;
    for (auto& one : std::exchange(waiting_, {})) one();
  }

  void ask_user(const std::string& name, std::function<void(expected<user_record>)> use) {
    self_->request(metadata_, metadata_deadline, get_user{name})
        .then([use](user_record& user) { use(std::move(user)); },
              [use](caf::error& err) { use(from_caf(err, "metadata")); });
  }

  void store(const std::string& name, const std::string& password, bool is_admin,
             std::function<void(expected<void>)> done) {
    auto hash = hash_password(password);
    if (!hash) return done(hash.error());
    self_->request(metadata_, metadata_deadline, mutate{encode_entry(set_user{name, *hash, is_admin})})
        .then(
            [this, name, hash = *hash, password, done] {
              // The password holds already; a verifier that cannot be kept comes with the next login.
              keep_verifier(name, hash, password, [done] { done({}); });
            },
            [done](caf::error& err) { done(from_caf(err, "metadata")); });
  }

  /// Users of a registry that is older than SCRAM, or than its number of rounds, get their verifier when they log in: only
  /// then the password is known.
  void ensure_verifier(const user_record& user, const std::string& password) {
    auto known = self_->state.has_verifier.find(user.name);
    if (known != self_->state.has_verifier.end() && known->second == user.password_hash) return;
    self_->request(metadata_, metadata_deadline, get_blob{verifier_key(user.name)})
        .then(
            [this, user, password](bytes& blob) {
              auto kept = verifier_of(blob, user.password_hash);
              if (kept && kept->iterations == scram_iterations) self_->state.has_verifier[user.name] = user.password_hash;
              else keep_verifier(user.name, user.password_hash, password, [] {});
            },
            [user](caf::error& err) { log_warn("cannot read the SCRAM verifier of {}: {}", user.name, from_caf(err, "metadata").message); });
  }

  void keep_verifier(const std::string& user, const std::string& hash, const std::string& password, std::function<void()> done) {
    auto blob = verifier_blob(make_scram_verifier(password), hash);
    self_->request(metadata_, metadata_deadline, mutate{encode_entry(set_blob{verifier_key(user), blob})})
        .then(
            [this, user, hash, done] {
              self_->state.has_verifier[user] = hash;
              done();
            },
            [user, done](caf::error& err) {
              log_warn("cannot keep a SCRAM verifier of {}: {}", user, from_caf(err, "metadata").message);
              done();
            });
  }

  void warn_about(const user_record& admin) {
    if (verify_password(admin.password_hash, bootstrap_password))
      log_warn("user {} still has the well-known initial password; change it with changePwd", bootstrap_user);
  }

  pointer self_;
  metadata_actor metadata_;
  bool open_ = false;
  std::vector<std::function<void()>> waiting_;
};

user_registry_actor::behavior_type user_registry(pointer self, metadata_actor metadata) {
  auto logic = std::make_shared<registry>(self, std::move(metadata));
  logic->bootstrap();
  return {
      [logic](const authenticate& who) { return logic->authenticate_user(who); },
      [logic](const describe_user& who) { return logic->describe_one(who); },
      [logic](const change_password& order) { return logic->change(order); },
      [logic](const issue_ticket& order) { return logic->issue(order); },
      [logic](const check_ticket& order) { return logic->check(order); },
      [self](const get_status&) { return static_cast<uint64_t>(self->mailbox().size()); },
  };
}

} // namespace

user_registry_actor spawn_user_registry(caf::actor_system& system, metadata_actor metadata) {
  return system.spawn<caf::detached>(user_registry, std::move(metadata));
}

} // namespace pelorus
