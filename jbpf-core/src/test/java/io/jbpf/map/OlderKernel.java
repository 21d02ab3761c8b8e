package io.jbpf.map;

import io.jbpf.error.Errno;
import io.jbpf.object.MapSpec;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.SystemCalls;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The running kernel, with some commands of bpf(2) taken away: they answer EINVAL, as a kernel without them does. */
final class OlderKernel {
    static final int LOOKUP_AND_DELETE_ELEM = 21;
    static final Set<Integer> BATCHES = Set.of(24, 25, 26, 27);

    private final Set<Integer> missing;
    private final Map<Integer, Integer> asked = new HashMap<>();
    private final SystemCalls calls;

    OlderKernel(Set<Integer> missing) {
        this.missing = missing;
        SystemCalls host = SystemCalls.host();
        this.calls = (SystemCalls) Proxy.newProxyInstance(
                SystemCalls.class.getClassLoader(), new Class<?>[] {SystemCalls.class}, (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() == Object.class) {
                        return switch (method.getName()) {
                            case "equals" -> proxy == arguments[0];
                            case "hashCode" -> System.identityHashCode(proxy);
                            default -> "an older kernel";
                        };
                    }
                    if (method.getName().equals("bpf")) {
                        int command = (Integer) arguments[0];
                        asked.merge(command, 1, Integer::sum);
                        if (this.missing.contains(command)) {
                            return -Errno.EINVAL.number();
                        }
                    }
                    try {
                        return method.invoke(host, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** {@return a new map, used by way of this kernel} */
    BpfMap create(MapSpec spec) {
        int fd = Bpf.host()
                .mapCreate(new Bpf.MapDefinition(
                        spec.name(),
                        spec.type().number(),
                        spec.keySize(),
                        spec.valueSize(),
                        spec.maxEntries(),
                        spec.flags(),
                        0,
                        0,
                        0,
                        0,
                        0,
                        0L));
        return new BpfMap(Fd.own(calls, fd, "map '" + spec.name() + "'"));
    }

    /** {@return how often a command was given} */
    int asked(int command) {
        return asked.getOrDefault(command, 0);
    }
}
