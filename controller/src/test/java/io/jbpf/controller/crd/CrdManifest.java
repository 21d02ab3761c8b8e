package io.jbpf.controller.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** deploy/crd.yaml as the types of this package give it. Its main method writes the file anew. */
public final class CrdManifest {
    private static final String HEADER = """
            # Generated from the classes of io.jbpf.controller.crd; a test fails when the two differ.
            # To write it anew: mvn -pl controller -am test -Dtest=CrdManifestTest -Djbpf.crd.write=true \\
            #   -Dsurefire.failIfNoSpecifiedTests=false
            """;

    private CrdManifest() {}

    /** Where the manifest is kept, seen from the module's directory. */
    public static Path file() {
        return Path.of("..", "deploy", "crd.yaml");
    }

    /** The manifest as the classes give it now. */
    public static String generate() {
        ByteArrayOutputStream yaml = new ByteArrayOutputStream();
        new CRDGenerator()
                .customResourceClasses(PodConfigMapConfig.class)
                .withPostProcessor(new Finish())
                .withOutput(new OneStream(yaml))
                .detailedGenerate();
        return HEADER + yaml.toString(StandardCharsets.UTF_8);
    }

    /** Writes the manifest. */
    public static void write() {
        try {
            Files.writeString(file(), generate());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the generator has no annotation for. */
    private static final class Finish implements CRDPostProcessor {
        @Override
        public HasMetadata process(HasMetadata generated, String crdSpecVersion) {
            CustomResourceDefinition crd = (CustomResourceDefinition) generated;
            for (CustomResourceDefinitionVersion version : crd.getSpec().getVersions()) {
                orderColumns(version);
                JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();
                conditions(field(root, "status", "conditions"));
                expressions(field(root, "spec", "podSelector", "matchExpressions"));
            }
            return crd;
        }

        /** The generator keeps them in a hash set; people read them in the order of the annotations. */
        private static void orderColumns(CustomResourceDefinitionVersion version) {
            List<String> names = Arrays.stream(
                            PodConfigMapConfig.class.getAnnotationsByType(AdditionalPrinterColumn.class))
                    .map(AdditionalPrinterColumn::name)
                    .toList();
            List<CustomResourceColumnDefinition> columns = new ArrayList<>(version.getAdditionalPrinterColumns());
            columns.sort(Comparator.comparing(column -> names.indexOf(column.getName())));
            version.setAdditionalPrinterColumns(columns);
        }

        /** As meta/v1 has them: one of each type, told apart and merged by it. */
        private static void conditions(JSONSchemaProps conditions) {
            conditions.setXKubernetesListType("map");
            conditions.setXKubernetesListMapKeys(List.of("type"));
            JSONSchemaProps condition = conditions.getItems().getSchema();
            condition.setRequired(List.of("lastTransitionTime", "message", "reason", "status", "type"));
            field(condition, "lastTransitionTime").setFormat("date-time");
            field(condition, "observedGeneration").setFormat("int64");
            field(condition, "status").setEnum(words("True", "False", "Unknown"));
        }

        /** A selector of the API itself is checked by code, not by a schema. */
        private static void expressions(JSONSchemaProps expressions) {
            JSONSchemaProps expression = expressions.getItems().getSchema();
            expression.setRequired(List.of("key", "operator"));
            field(expression, "operator").setEnum(words("In", "NotIn", "Exists", "DoesNotExist"));
        }

        private static JSONSchemaProps field(JSONSchemaProps schema, String... path) {
            JSONSchemaProps found = schema;
            for (String name : path) {
                found = Objects.requireNonNull(found.getProperties().get(name), name);
            }
            return found;
        }

        private static List<JsonNode> words(String... words) {
            return Arrays.stream(words).<JsonNode>map(TextNode::valueOf).toList();
        }
    }

    private record OneStream(ByteArrayOutputStream stream) implements CRDGenerator.CRDOutput<OutputStream> {
        @Override
        public OutputStream outputFor(String crdName) {
            return stream;
        }

        @Override
        public void close() {}
    }
}
