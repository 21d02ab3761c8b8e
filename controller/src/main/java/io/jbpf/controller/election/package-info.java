/**
 * Which of several replicas acts, decided over a Lease, more strictly than client libraries do it.
 *
 * <p>Leadership is a time, not a flag: {@link io.jbpf.controller.election.Leadership#isHeld()} compares the monotonic clock
 * with the moment the last renewal was <em>sent</em>, plus the renew deadline. Whatever a call to the API server does, and
 * however long the process was stopped, the answer is right when it is asked. Another takes over only after it has itself
 * watched a record for the whole lease duration, which is longer and began later. No wall clock is ever compared with
 * another's; the times in the Lease are for people.
 */
@NullMarked
package io.jbpf.controller.election;

import org.jspecify.annotations.NullMarked;
