package io.jbpf.controller.crd;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
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
                .withPostProcessor(new ColumnOrder())
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

    /** The generator keeps printer columns in a hash set; people read them in the order of the annotations. */
    private static final class ColumnOrder implements CRDPostProcessor {
        @Override
        public HasMetadata process(HasMetadata generated, String crdSpecVersion) {
            List<String> names = Arrays.stream(
                            PodConfigMapConfig.class.getAnnotationsByType(AdditionalPrinterColumn.class))
                    .map(AdditionalPrinterColumn::name)
                    .toList();
            CustomResourceDefinition crd = (CustomResourceDefinition) generated;
            for (CustomResourceDefinitionVersion version : crd.getSpec().getVersions()) {
                List<CustomResourceColumnDefinition> columns = new ArrayList<>(version.getAdditionalPrinterColumns());
                columns.sort(Comparator.comparing(column -> names.indexOf(column.getName())));
                version.setAdditionalPrinterColumns(columns);
            }
            return crd;
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
