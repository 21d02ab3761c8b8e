package io.jbpf.controller.crd;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.jbpf.controller.text.GoDuration;
import org.jspecify.annotations.Nullable;

/**
 * Export of the counts.
 *
 * @param enabled whether to export; absent means no
 * @param updateInterval how often the kernel is read, as {@link GoDuration}; absent means 30s
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MetricsExport(
        @JsonPropertyDescription("Whether the counts are exported.") @Default("false") @Nullable
        Boolean enabled,

        @JsonPropertyDescription("How often the counts are read from the kernel, such as 30s or 1m. Absent: 30s.")
        @Pattern(GoDuration.PATTERN)
        @Size(max = 64)
        @Default("30s")
        @Nullable
        String updateInterval) {}
