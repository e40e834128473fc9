// What ThreadSanitizer must know of CAF, whose library is not instrumented: without it every message would look like a race
// between sender and receiver. Linked into all programs of a build with -fsanitize=thread, where these functions take the place
// of the library's own (its calls to them go through the PLT).
//
// An order is told only where CAF has one: who puts a message into a mailbox is before the actor that handles a message of
// that mailbox later; what an actor did is before what it does next, on whatever thread; who lets a reference go is before
// whoever destroys the object. The first is a little more than CAF promises (all who sent before, not only the sender of this
// message), so a race between an actor and somebody who happened to write to it in between stays unseen.
#include <dlfcn.h>

#include <atomic>
#include <utility>

#include <caf/actor_control_block.hpp>
#include <caf/blocking_actor.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/ref_counted.hpp>
#include <caf/scheduled_actor.hpp>
#include <sanitizer/tsan_interface.h>

namespace {

/// The library's function of that name; of a member function as one whose first parameter is `this`.
template <class Function>
Function* library(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

#define PELORUS_MAILBOX_ELEMENT "St10unique_ptrINS_15mailbox_elementENS_6detail8disposerEE"

} // namespace

/// The scheduler's queues, and what it hands its workers when an actor system ends, are guarded by spinlocks of the library, which
/// are not seen. Nothing of ours runs inside of these functions.
extern "C" const char* __tsan_default_suppressions() { return "race:caf::scheduler::coordinator<caf::policy::work_stealing>::\n"; }

namespace caf {

// -- references: the same as in the library, with atomics that are seen ----------------------------------

void ref_counted::deref() const noexcept {
  if (rc_.fetch_sub(1, std::memory_order_acq_rel) == 1) request_deletion(true);
}

void intrusive_ptr_release_weak(actor_control_block* x) {
  if (x->weak_refs.fetch_sub(1, std::memory_order_acq_rel) == 1) x->block_dtor(x);
}

void intrusive_ptr_release(actor_control_block* x) {
  if (x->strong_refs.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  x->data_dtor(x->get());
  intrusive_ptr_release_weak(x);
}

// -- actors that handle one message after another ------------------------------------------------------

void scheduled_actor::enqueue(mailbox_element_ptr what, execution_unit* host) {
  static auto* real = library<void(scheduled_actor*, mailbox_element_ptr, execution_unit*)>(
      "_ZN3caf15scheduled_actor7enqueueE" PELORUS_MAILBOX_ELEMENT "PNS_14execution_unitE");
  __tsan_release(this);
  real(this, std::move(what), host);
}

void scheduled_actor::launch(execution_unit* host, bool lazy, bool hide) {
  static auto* real = library<void(scheduled_actor*, execution_unit*, bool, bool)>("_ZN3caf15scheduled_actor6launchEPNS_14execution_unitEbb");
  __tsan_release(this);
  real(this, host, lazy, hide);
}

bool scheduled_actor::activate(execution_unit* host) {
  static auto* real = library<bool(scheduled_actor*, execution_unit*)>("_ZN3caf15scheduled_actor8activateEPNS_14execution_unitE");
  __tsan_acquire(this);
  auto alive = real(this, host);
  __tsan_release(this);
  return alive;
}

scheduled_actor::activation_result scheduled_actor::reactivate(mailbox_element& what) {
  static auto* real = library<activation_result(scheduled_actor*, mailbox_element&)>(
      "_ZN3caf15scheduled_actor10reactivateERNS_15mailbox_elementE");
  __tsan_acquire(this);
  auto result = real(this, what);
  __tsan_release(this);
  return result;
}

bool scheduled_actor::cleanup(error&& why, execution_unit* host) {
  static auto* real = library<bool(scheduled_actor*, error&&, execution_unit*)>(
      "_ZN3caf15scheduled_actor7cleanupEONS_5errorEPNS_14execution_unitE");
  __tsan_acquire(this);
  auto done = real(this, std::move(why), host);
  __tsan_release(this);
  return done;
}

// -- actors that wait for a message --------------------------------------------------------------------

void blocking_actor::enqueue(mailbox_element_ptr what, execution_unit* host) {
  static auto* real = library<void(blocking_actor*, mailbox_element_ptr, execution_unit*)>(
      "_ZN3caf14blocking_actor7enqueueE" PELORUS_MAILBOX_ELEMENT "PNS_14execution_unitE");
  __tsan_release(this);
  real(this, std::move(what), host);
}

// `receive` waits with these two and then takes from the mailbox in the library.
void blocking_actor::await_data() {
  static auto* real = library<void(blocking_actor*)>("_ZN3caf14blocking_actor10await_dataEv");
  real(this);
  __tsan_acquire(this);
}

bool blocking_actor::await_data(timeout_type until) {
  static auto* real = library<bool(blocking_actor*, timeout_type)>(
      "_ZN3caf14blocking_actor10await_dataENSt6chrono10time_pointINS1_3_V212system_clockENS1_8durationIlSt5ratioILl1ELl1000000000EEEEEE");
  auto there = real(this, until);
  __tsan_acquire(this);
  return there;
}

mailbox_element_ptr blocking_actor::dequeue() {
  static auto* real = library<mailbox_element_ptr(blocking_actor*)>("_ZN3caf14blocking_actor7dequeueEv");
  auto what = real(this);
  __tsan_acquire(this);
  return what;
}

} // namespace caf
