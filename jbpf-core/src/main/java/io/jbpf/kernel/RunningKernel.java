package io.jbpf.kernel;

import io.jbpf.btf.Btf;
import io.jbpf.relocation.CoreTarget;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The kernel that runs here, as CO-RE sees it: its modules' types are read when they are first asked for, and then kept. */
final class RunningKernel implements CoreTarget {
    private final Supplier<Btf> kernel;
    private final ModuleBtf files;
    private @Nullable List<Module> modules;

    RunningKernel(Supplier<Btf> kernel, ModuleBtf files) {
        this.kernel = kernel;
        this.files = files;
    }

    @Override
    public Btf kernelBtf() {
        return kernel.get();
    }

    @Override
    public List<Module> modules() {
        List<Module> known = modules;
        if (known == null) {
            known = files.readAll(kernel);
            modules = known;
        }
        return known;
    }
}
