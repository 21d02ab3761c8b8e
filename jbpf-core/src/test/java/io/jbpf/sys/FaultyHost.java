package io.jbpf.sys;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.error.Errno;
import io.jbpf.testkit.Waits;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The running kernel, one of whose answers is a failure: the call that is to fail is not made, and answers an errno. What
 * the kernel hands out is written down. A close and a munmap never fail, as in life.
 */
public final class FaultyHost {
    private static final Set<String> NEVER_FAIL = Set.of("close", "munmap");

    private static final String NAME = "a faulty host";

    private final SystemCalls host = LibcSystemCalls.Holder.INSTANCE;
    private final CallLedger ledger = new CallLedger();
    private final List<String> made = new CopyOnWriteArrayList<>();
    private final int failing;
    private final int errno;

    private FaultyHost(int failing, int errno) {
        this.failing = failing;
        this.errno = errno;
    }

    /**
     * A host that fails once.
     *
     * @param number which call, counted from 0
     * @param errno how
     */
    public static FaultyHost failing(int number, Errno errno) {
        return new FaultyHost(number, errno.number());
    }

    /** {@return a host that never fails} */
    public static FaultyHost sound() {
        return new FaultyHost(Integer.MAX_VALUE, 0);
    }

    /** {@return the calls to put before the kernel's} */
    @SuppressWarnings("exports")
    public SystemCalls calls() {
        return (SystemCalls) Proxy.newProxyInstance(
                SystemCalls.class.getClassLoader(),
                new Class<?>[] {SystemCalls.class},
                (proxy, method, arguments) -> answer(method, arguments == null ? new Object[0] : arguments));
    }

    private Object answer(java.lang.reflect.Method method, Object[] arguments) throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            // They are all one kernel: what is remembered of one (probes) holds for the others.
            return switch (method.getName()) {
                case "equals" -> String.valueOf(arguments[0]).equals(NAME);
                case "hashCode" -> NAME.hashCode();
                default -> NAME;
            };
        }
        String name = method.getName();
        if (name.equals("close")) {
            ledger.enterClose((int) arguments[0]);
        } else if (!NEVER_FAIL.contains(name) && isToFail(CallLedger.name(name, arguments))) {
            return method.getReturnType() == long.class ? (Object) (long) -errno : (Object) (-errno);
        }
        try {
            Object result = method.invoke(host, arguments);
            ledger.enter(name, arguments, ((Number) result).longValue());
            return result;
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private synchronized boolean isToFail(String call) {
        made.add(call);
        return made.size() - 1 == failing;
    }

    /** {@return whether the call that was to fail was made} */
    public boolean hasFailed() {
        return made.size() > failing;
    }

    /** {@return the name of the call that failed} */
    public String failed() {
        return hasFailed() ? made.get(failing) : "none";
    }

    /** {@return the calls made, those that cannot fail left out} */
    public List<String> made() {
        return made;
    }

    /**
     * Asserts that all descriptors that were handed out are closed, each once, and all mappings given up. Mappings may
     * wait for the collector.
     */
    public void assertNothingLeft(String after) {
        assertThat(ledger.descriptors()).as(after + ": descriptors left").isEmpty();
        assertThat(ledger.wrong()).as(after + ": closed twice").isEmpty();
        if (!ledger.mappings().isEmpty()) {
            Waits.until(() -> {
                System.gc();
                return ledger.mappings().isEmpty();
            });
        }
    }
}
