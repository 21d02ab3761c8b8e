package io.jbpf.architecture;

import io.jbpf.KernelObjects;
import io.jbpf.error.SystemCallException;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;

/** Run in a JVM of its own by {@link ModulePathTest}, with the library as a named module and this class outside. */
public final class ModuleProbe {
    private ModuleProbe() {}

    /**
     * Uses the library's pure and native sides.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {
        Module library = MapSpec.class.getModule();
        System.out.println("module " + library.getName());
        System.out.println("spec " + MapSpec.of("probe", MapType.ARRAY, 4, 8, 1).name());
        library.getDescriptor().exports().forEach(e -> System.out.println("exports " + e.source() + ";"));
        // Any answer of the kernel will do, also a refusal: it took a bound native call to get it.
        try {
            KernelObjects.programs().forEach(program -> {});
        } catch (SystemCallException e) {
            System.out.println(e.getMessage());
        }
        System.out.println("native call done");
    }
}
