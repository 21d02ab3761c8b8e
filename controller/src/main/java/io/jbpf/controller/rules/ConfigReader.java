package io.jbpf.controller.rules;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.jbpf.controller.crd.EbpfConfig;
import io.jbpf.controller.crd.PodConfigMapConfigSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads a PodConfigMapConfig as it came from the API server, field by field, and believes none of it: the server may be
 * older than the schema or the resource older than the server's copy of it. Text is no number here and a fraction no
 * port; a wrong field makes the whole resource unreadable, so that no half of it is ever enforced.
 */
public final class ConfigReader {
    private final ObjectMapper mapper = JsonMapper.builder()
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL)
            .build();
    private final Function<String, Optional<String>> syscallComplaint;

    /**
     * A reader.
     *
     * @param syscallComplaint what is wrong with the name of a system call; empty if nothing is
     */
    public ConfigReader(Function<String, Optional<String>> syscallComplaint) {
        this.syscallComplaint = syscallComplaint;
    }

    /**
     * Reads a resource.
     *
     * @param resource the resource as it came
     * @return what it says, or why it cannot be read
     */
    public ConfigReading read(GenericKubernetesResource resource) {
        ObjectKey key = new ObjectKey(
                resource.getMetadata().getNamespace(), resource.getMetadata().getName());
        PodConfigMapConfigSpec spec;
        try {
            Object raw = resource.getAdditionalProperties().get("spec");
            if (raw == null) {
                return new ConfigReading.Refused(List.of("spec is missing."));
            }
            spec = mapper.readValue(mapper.writeValueAsBytes(raw), PodConfigMapConfigSpec.class);
        } catch (JsonProcessingException e) {
            return new ConfigReading.Refused(List.of(sentence(e)));
        } catch (java.io.IOException e) {
            throw new IllegalStateException("reading from memory cannot fail otherwise", e);
        }
        List<String> problems = new ArrayList<>();
        SpecCheck check = new SpecCheck(problems, syscallComplaint);
        PodSelector selector = check.selector("spec.podSelector", spec.podSelector());
        List<String> labels = check.keys("spec.labelsToInclude", spec.labelsToInclude());
        List<String> annotations = check.keys("spec.annotationsToInclude", spec.annotationsToInclude());
        PodPrograms programs = programs(check, spec.ebpfConfig());
        if (!problems.isEmpty()) {
            return new ConfigReading.Refused(problems);
        }
        return new ConfigReading.Accepted(new Config(key, selector, labels, annotations, programs));
    }

    private static PodPrograms programs(SpecCheck check, @Nullable EbpfConfig ebpf) {
        if (ebpf == null) {
            return PodPrograms.NONE;
        }
        return new PodPrograms(
                check.syscalls("spec.ebpfConfig.syscallMonitoring", Optional.ofNullable(ebpf.syscallMonitoring())),
                check.firewall("spec.ebpfConfig.l4Firewall", Optional.ofNullable(ebpf.l4Firewall())),
                check.export("spec.ebpfConfig.metricsExport", Optional.ofNullable(ebpf.metricsExport())));
    }

    private static String sentence(JsonProcessingException problem) {
        if (!(problem instanceof JsonMappingException mapping)) {
            return "spec cannot be read: " + problem.getOriginalMessage() + ".";
        }
        StringBuilder path = new StringBuilder("spec");
        for (JsonMappingException.Reference step : mapping.getPath()) {
            if (step.getFieldName() != null) {
                path.append('.').append(step.getFieldName());
            } else {
                path.append('[').append(step.getIndex()).append(']');
            }
        }
        if (mapping instanceof InvalidFormatException format) {
            String what =
                    format.getTargetType() != null && format.getTargetType().isEnum()
                            ? "none of " + words(format.getTargetType())
                            : "not of the type that belongs there (" + typeName(format.getTargetType()) + ")";
            return path + ": " + LabelText.quote(String.valueOf(format.getValue())) + " is " + what + ".";
        }
        if (mapping instanceof MismatchedInputException mismatch) {
            return path + " is not of the type that belongs there (" + typeName(mismatch.getTargetType()) + "): "
                    + mismatch.getOriginalMessage() + ".";
        }
        return path + " cannot be read: " + mapping.getOriginalMessage() + ".";
    }

    private static String words(Class<?> enumeration) {
        List<String> words = new ArrayList<>();
        for (Object constant : enumeration.getEnumConstants()) {
            words.add(constant.toString().toLowerCase(java.util.Locale.ROOT));
        }
        return String.join(", ", words);
    }

    private static String typeName(@Nullable Class<?> type) {
        if (type == null) {
            return "another";
        }
        if (type == Integer.class || type == Long.class || type == int.class) {
            return "a whole number";
        }
        if (type == Boolean.class) {
            return "true or false";
        }
        if (type == String.class) {
            return "text";
        }
        return java.util.Collection.class.isAssignableFrom(type) ? "a list" : "an object";
    }
}
