package io.jbpf.event;

import io.jbpf.sys.SystemCalls;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntSupplier;

/**
 * A kernel that answers as it is told, in order, call by call: where nothing is left to answer, a call that makes a
 * descriptor makes the next number, and any other succeeds with 0.
 */
final class ScriptedWaits {
    private static final Set<String> MAKERS = Set.of("epollCreate", "eventfd", "perfEventOpen", "duplicate");

    private final Map<String, Deque<IntSupplier>> script = new HashMap<>();
    private final List<String> said = new ArrayList<>();
    private final Set<Integer> open = new TreeSet<>();
    private int next = 1000;

    /** The next such call answers this. */
    ScriptedWaits on(String call, int answer) {
        return on(call, () -> answer);
    }

    ScriptedWaits on(String call, IntSupplier answer) {
        script.computeIfAbsent(call, unused -> new ArrayDeque<>()).add(answer);
        return this;
    }

    /** The descriptors that were made and not closed. */
    Set<Integer> open() {
        return open;
    }

    /** The last argument of each such call. */
    List<Object> lastArguments(String call) {
        return said.stream()
                .filter(line -> line.startsWith(call + " "))
                .<Object>map(line -> Integer.valueOf(line.substring(line.lastIndexOf(' ') + 1)))
                .toList();
    }

    List<String> said() {
        return said;
    }

    SystemCalls calls() {
        return (SystemCalls) Proxy.newProxyInstance(
                SystemCalls.class.getClassLoader(), new Class<?>[] {SystemCalls.class}, (proxy, method, arguments) -> {
                    String name = method.getName();
                    List<Object> list = arguments == null ? List.of() : Arrays.asList(arguments);
                    StringBuilder line = new StringBuilder(name);
                    list.forEach(argument -> line.append(' ').append(argument));
                    said.add(line.toString());
                    int answer = answer(name, list);
                    return method.getReturnType() == long.class ? (Object) (long) answer : (Object) answer;
                });
    }

    private int answer(String name, List<Object> arguments) {
        Deque<IntSupplier> answers = script.getOrDefault(name, new ArrayDeque<>());
        int answer = answers.isEmpty()
                ? MAKERS.contains(name) ? next++ : 0
                : answers.remove().getAsInt();
        if (MAKERS.contains(name) && answer >= 0) {
            open.add(answer);
        } else if (name.equals("close") && !open.remove(arguments.get(0))) {
            throw new AssertionError("not open: " + arguments);
        }
        return answer;
    }
}
