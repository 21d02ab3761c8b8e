package io.jbpf.controller.crd;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The port filter.
 *
 * @param enabled whether to filter; absent means no
 * @param allowedPorts container ports that are let through
 * @param blockedPorts container ports that are not; wins over allowedPorts
 * @param defaultAction what becomes of the rest; absent means allow
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record L4Firewall(
        @JsonPropertyDescription("Whether packets are filtered.") @Default("false") @Nullable
        Boolean enabled,

        @JsonPropertyDescription("Container ports that are let through.") @Size(max = 1024) @Nullable
        List<@Min(1) @Max(65535) Integer> allowedPorts,

        @JsonPropertyDescription("Container ports that are not let through. A port in both lists is blocked.")
        @Size(max = 1024)
        @Nullable
        List<@Min(1) @Max(65535) Integer> blockedPorts,

        @JsonPropertyDescription("What becomes of packets to any other port.") @Default("allow") @Nullable
        DefaultAction defaultAction) {}
