package io.jbpf.controller.crd;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/**
 * The BPF programs of a {@link PodConfigMapConfig}. An absent block is off.
 *
 * @param syscallMonitoring counts of system calls
 * @param l4Firewall the port filter
 * @param metricsExport whether the counts are exported
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EbpfConfig(
        @JsonPropertyDescription("Counts the pods' system calls.") @Nullable
        SyscallMonitoring syscallMonitoring,

        @JsonPropertyDescription("Filters the pods' incoming TCP and UDP packets by destination port.") @Nullable
        L4Firewall l4Firewall,

        @JsonPropertyDescription("Exports the counts as Prometheus metrics.") @Nullable
        MetricsExport metricsExport) {}
