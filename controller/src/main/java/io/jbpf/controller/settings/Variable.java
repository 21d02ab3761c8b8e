package io.jbpf.controller.settings;

import java.util.Optional;

/**
 * Every environment variable that the controller reads, with what it means and what holds without it. The table in
 * docs/reference.md is these constants; a test compares them.
 */
public enum Variable {
    /** See {@link Scope}. */
    CONTROLLER_SCOPE(
            "`cluster`: the API for all pods and the kernel of this node; `node`: the kernel of this node alone;"
                    + " `api`: the API alone",
            Default.is("cluster")),
    /** Part of who holds the Lease, and which pods' kernel is ours. */
    NODE_NAME(
            "the node this process runs on, as in `spec.nodeName` of its pods",
            Default.means("required, but in scope `api` without election")),
    /** Part of who holds the Lease. */
    POD_NAME("the pod this process runs in", Default.means("required with election")),
    /** Where the Lease is, if nothing else is said. */
    POD_NAMESPACE(
            "the namespace of that pod",
            Default.means("required with election, if `LEADER_ELECTION_LOCK_NAMESPACE` is not set")),
    /** Without it this process takes itself for the only one. */
    LEADER_ELECTION_ENABLED(
            "whether replicas elect the one that acts; not in scope `node`, which has no election", Default.is("true")),
    /** Above the renew deadline. */
    LEADER_ELECTION_LEASE_DURATION("after how long without renewal another may take over", Default.is("15s")),
    /** Above 1.2 times the retry period. */
    LEADER_ELECTION_RENEW_DEADLINE(
            "after how long without renewal a leader stops to act; it renews when half of that is over",
            Default.is("10s")),
    /** Also the longest that a request about the Lease may take. */
    LEADER_ELECTION_RETRY_PERIOD(
            "how often the others look, and a leader tries again whose renewal failed", Default.is("2s")),
    /** One Lease for all replicas. */
    LEADER_ELECTION_LOCK_NAME("the name of the Lease", Default.is("podconfigmap-controller")),
    /** Where the Lease is. */
    LEADER_ELECTION_LOCK_NAMESPACE("the namespace of the Lease", Default.means("`POD_NAMESPACE`")),
    /** A safety net: changes are watched. */
    CONTROLLER_RESYNC_PERIOD("how often everything is looked at again without a cause", Default.is("10m")),
    /** At most so many pods are worked on at a time. */
    CONTROLLER_POD_WORKERS("how many pods are reconciled at a time", Default.is("16")),
    /** At most so many configs are worked on at a time. */
    CONTROLLER_PCMC_WORKERS("how many configs are reconciled at a time", Default.is("2")),
    /** An API server that cannot be reached does not count. */
    CONTROLLER_MAX_RETRIES(
            "how often something that failed is tried again before it is left to the next change or resync",
            Default.is("10")),
    /** Below the time after which {@code /healthz} gives up. */
    CONTROLLER_RECONCILIATION_TIMEOUT("after how long one reconciliation is interrupted", Default.is("30s")),
    /** How much is said. */
    LOG_LEVEL("`error`, `warn`, `info`, `debug`, `trace`", Default.is("info")),
    /** How it is said. */
    LOG_FORMAT("`text`, or `json`: each line of the log is a JSON object", Default.is("text")),
    /** The same as a flag. */
    LOG_JSON_FORMAT("`true` is `LOG_FORMAT=json`", Default.is("false")),
    /** A shorter way to say more. */
    DEBUG("`true` is `LOG_LEVEL=debug`, unless that says `trace`", Default.is("false")),
    /** Where it is looked at. */
    METRICS_ADDR("where `/metrics`, `/healthz` and `/readyz` are served", Default.is(":8080")),
    /** What is over has one series together. */
    METRICS_PID_SERIES_LIMIT("how many processes of a pod have a series of their own, 0 to 100000", Default.is("100")),
    /** How the API server is reached. */
    KUBECONFIG("the file that says how to reach the API server", Default.means("the pod's service account")),
    /** Ours alone: whoever locks it sees to the node. */
    BPFFS_ROOT(
            "the directory in a bpffs where all that is ours is pinned, one for each node; `jbpf-controller prepare-node`"
                    + " makes it",
            Default.is("/sys/fs/bpf/podconfigmap")),
    /** Where pods' cgroups are. */
    CGROUP_ROOT(
            "where the node's cgroup hierarchies are mounted, or a directory in one of them to look below",
            Default.means("found among the mounts")),
    /** Where pods' processes are. */
    PROC_ROOT("where the node's processes are seen", Default.is("/proc")),
    /** Where pods' networks are. */
    NETNS_ROOT("where the container runtime keeps network namespaces", Default.is("/run/netns"));

    private record Default(Optional<String> value, String shown) {
        private static Default is(String value) {
            return new Default(Optional.of(value), "`" + value + "`");
        }

        private static Default means(String words) {
            return new Default(Optional.empty(), words);
        }
    }

    private final String meaning;
    private final Optional<String> standard;
    private final String otherwise;

    Variable(String meaning, Default otherwise) {
        this.meaning = meaning;
        this.standard = otherwise.value();
        this.otherwise = otherwise.shown();
    }

    /**
     * What it decides.
     *
     * @return in Markdown
     */
    public String meaning() {
        return meaning;
    }

    /**
     * What holds if it is not set.
     *
     * @return in Markdown
     */
    public String otherwise() {
        return otherwise;
    }

    /** The value that an unset variable is read as; empty if there is none. */
    Optional<String> standard() {
        return standard;
    }
}
