package io.jbpf.fuzz;

import io.jbpf.elf.ElfFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Cuts the tests' objects into what each target begins its search with. */
public final class FuzzSeeds {
    private FuzzSeeds() {}

    /** Writes a directory of seeds for each target into the one named by the second argument, from objects in the first. */
    public static void main(String[] args) throws IOException {
        List<Path> objects;
        try (var files = Files.list(Path.of(args[0]))) {
            objects = files.filter(file -> file.toString().endsWith(".o")).toList();
        }
        for (Path object : objects) {
            byte[] bytes = Files.readAllBytes(object);
            ElfFile file = ElfFile.parse(object.toString(), bytes);
            String name = object.getFileName().toString();
            write(args[1], FuzzTarget.ELF, name, bytes);
            write(args[1], FuzzTarget.OBJECT, name, bytes);
            for (var section : file.sections()) {
                String part = name + section.name().replace('/', '_');
                switch (section.name()) {
                    case ".BTF" -> write(args[1], FuzzTarget.BTF, part, section.bytes());
                    case ".BTF.ext" -> write(args[1], FuzzTarget.BTF_EXT, part, section.bytes());
                    default -> {
                        if (section.isExecutable()) {
                            write(args[1], FuzzTarget.INSTRUCTIONS, part, section.bytes());
                        }
                    }
                }
            }
        }
    }

    private static void write(String directory, FuzzTarget target, String name, byte[] bytes) throws IOException {
        Files.write(Files.createDirectories(Path.of(directory, target.name())).resolve(name), bytes);
    }
}
