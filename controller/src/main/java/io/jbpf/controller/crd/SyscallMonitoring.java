package io.jbpf.controller.crd;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counting of system calls.
 *
 * @param enabled whether to count; absent means no
 * @param syscallNames the calls to count; absent or empty means all
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SyscallMonitoring(
        @JsonPropertyDescription("Whether system calls are counted.") @Default("false") @Nullable
        Boolean enabled,

        @JsonPropertyDescription("The system calls to count, by name. Absent or empty: all.") @Size(max = 512) @Nullable
        List<@Pattern("^[a-z_][a-z0-9_]*$") @Size(max = 64) String> syscallNames) {}
