package io.jbpf.elf;

import io.jbpf.error.BpfException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an argument of a USDT probe is when the probe is reached: a constant, in a register, or in memory. The form is
 * the assembler's of x86_64 ({@code -4@%eax}, {@code 8@-8(%rbp)}, {@code 4@8(%rsi,%rdi,4)}, {@code 4@$5}) or aarch64 ({@code
 * 8@x4}, {@code -4@[sp, 12]}, {@code 4@5}); each tells itself apart.
 */
public sealed interface UsdtArgument {
    /** {@return how many bytes it has: 1, 2, 4 or 8} */
    int size();

    /** {@return whether it is to be sign-extended} */
    boolean signed();

    /**
     * The same at each time.
     *
     * @param size 1, 2, 4 or 8
     * @param signed whether it is to be sign-extended
     * @param value what it is
     */
    record Constant(int size, boolean signed, long value) implements UsdtArgument {}

    /**
     * In a register.
     *
     * @param size how many of its lowest bytes
     * @param signed whether it is to be sign-extended
     * @param register which
     */
    record InRegister(int size, boolean signed, UsdtRegister register) implements UsdtArgument {}

    /**
     * In memory at {@code base + index * scale + displacement}.
     *
     * @param size 1, 2, 4 or 8
     * @param signed whether it is to be sign-extended
     * @param base has an address
     * @param index has a number, if there is one
     * @param scale 1, 2, 4 or 8
     * @param displacement in bytes
     */
    record InMemory(
            int size, boolean signed, UsdtRegister base, Optional<UsdtRegister> index, int scale, long displacement)
            implements UsdtArgument {}

    /** The most arguments that one probe has: sys/sdt.h has macros for twelve. */
    int MOST = 12;

    /**
     * The arguments of a probe.
     *
     * @param text as its note has them: {@code 8@%rdx -4@%eax}
     * @return one after the other; empty if there are none
     * @throws BpfException if one of them is of a form that this library does not know, such as a floating-point register or
     *     a symbol, or if there are more than {@value #MOST}
     */
    static List<UsdtArgument> parse(String text) {
        return new Parser(text).parse();
    }

    /** Reads from left to right and never goes back, so that no text takes long. */
    final class Parser {
        private static final String NUMBER = "(-?(?:0x[0-9a-fA-F]{1,16}+|[0-9]{1,20}+))";
        private static final String REGISTER = "(%[a-z0-9]{1,5}+)";
        private static final Pattern SPACE = Pattern.compile("\\s*+");
        private static final Pattern SIZE = Pattern.compile("(-?)([1248])\\s*+@\\s*+");
        private static final Pattern CONSTANT = Pattern.compile("\\$?" + NUMBER);
        private static final Pattern NAME = Pattern.compile("(%?[a-z][a-z0-9]{0,4}+)");
        /** {@code displacement(base,index,scale)} */
        private static final Pattern X86_MEMORY = Pattern.compile(NUMBER + "?\\s*+\\(\\s*+" + REGISTER
                + "\\s*+(?:,\\s*+" + REGISTER + "\\s*+(?:,\\s*+([1248])\\s*+)?)?\\)");
        /** {@code [base, displacement]} */
        private static final Pattern ARM_MEMORY =
                Pattern.compile("\\[\\s*+([a-z][a-z0-9]{0,4}+)\\s*+(?:,\\s*+" + NUMBER + "\\s*+)?\\]");

        private final String text;
        private final Matcher matcher;
        private final List<UsdtArgument> arguments = new ArrayList<>();
        private int at;

        private Parser(String text) {
            this.text = text;
            this.matcher = SPACE.matcher(text);
        }

        private List<UsdtArgument> parse() {
            take(SPACE);
            while (at < text.length()) {
                if (arguments.size() == MOST) {
                    throw new BpfException("a USDT probe has more than " + MOST + " arguments: '" + text + "'");
                }
                if (!take(SIZE)) {
                    throw unknown();
                }
                boolean signed = matcher.group(1).equals("-");
                arguments.add(operand(Integer.parseInt(matcher.group(2)), signed));
                int end = at;
                take(SPACE);
                if (at == end && at < text.length()) {
                    throw unknown();
                }
            }
            return List.copyOf(arguments);
        }

        private UsdtArgument operand(int size, boolean signed) {
            if (take(X86_MEMORY)) {
                String index = matcher.group(3);
                String scale = matcher.group(4);
                return new InMemory(
                        size,
                        signed,
                        register(matcher.group(2)),
                        Optional.ofNullable(index).map(this::register),
                        scale == null ? 1 : Integer.parseInt(scale),
                        number(matcher.group(1)));
            }
            if (take(ARM_MEMORY)) {
                return new InMemory(
                        size, signed, register(matcher.group(1)), Optional.empty(), 1, number(matcher.group(2)));
            }
            if (take(CONSTANT)) {
                return new Constant(size, signed, number(matcher.group(1)));
            }
            if (take(NAME)) {
                return new InRegister(size, signed, register(matcher.group(1)));
            }
            throw unknown();
        }

        private boolean take(Pattern pattern) {
            matcher.usePattern(pattern).region(at, text.length());
            if (!matcher.lookingAt()) {
                return false;
            }
            at = matcher.end();
            return true;
        }

        private UsdtRegister register(String name) {
            return UsdtRegister.of(name).orElseThrow(this::unknown);
        }

        /** A number of 64 bits, with or without a sign; 0 if there is none. */
        private long number(@org.jspecify.annotations.Nullable String written) {
            if (written == null) {
                return 0;
            }
            boolean hex = written.contains("0x");
            BigInteger number = new BigInteger(written.replace("0x", ""), hex ? 16 : 10);
            if (number.bitLength() > Long.SIZE) {
                throw unknown();
            }
            return number.longValue();
        }

        private BpfException unknown() {
            return new BpfException("cannot tell where argument " + arguments.size() + " of a USDT probe is ('" + text
                    + "'): neither a constant, nor in a register, nor in memory beside one");
        }
    }
}
