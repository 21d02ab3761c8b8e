package io.jbpf.object;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfExt.FuncInfo;
import io.jbpf.btf.BtfExt.LineInfo;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType;
import io.jbpf.error.BpfException;
import io.jbpf.insn.Instruction;
import io.jbpf.insn.InstructionCodec;
import io.jbpf.insn.Opcodes;
import io.jbpf.object.ProgramImage.SourceLine;
import io.jbpf.relocation.CoreRelocator;
import io.jbpf.relocation.FailedRelocation;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Puts one program together. The program comes first, then each function it calls, directly or not, once: a function's
 * callees follow it in the order in which a walk through the calls meets them, as with libbpf. For one use.
 */
final class Linker {
    /** More than the kernel takes of anybody ({@code BPF_COMPLEXITY_LIMIT_INSNS}). */
    private static final int MAX_INSTRUCTIONS = 1_000_000;

    private static final String EXCEPTION_CALLBACK = "exception_callback:";

    private final ObjectSpec object;
    private final LinkTarget target;
    private final Map<Integer, Function> textByStart = new HashMap<>();
    private final List<Instruction> image = new ArrayList<>();
    private final List<Placed> placed = new ArrayList<>();
    private final Map<Integer, Placed> placedText = new HashMap<>();
    private final List<FailedRelocation> failed = new ArrayList<>();
    private final List<Integer> btfDescriptors = new ArrayList<>();
    private final Map<Integer, String> unavailable = new HashMap<>();
    private @Nullable CoreRelocator relocator;
    private String program = "";

    /** A function and where it went. */
    private record Placed(Function function, int start) {}

    /** A walk through a placed function's instructions. */
    private static final class Walk {
        final Placed at;
        int next;

        Walk(Placed at) {
            this.at = at;
        }
    }

    Linker(ObjectSpec object, List<Function> subprograms, LinkTarget target) {
        this.object = object;
        this.target = target;
        subprograms.forEach(f -> textByStart.putIfAbsent(f.start(), f));
    }

    ProgramImage link(ProgramSpec spec) {
        program = spec.name();
        walk(place(spec.function()));
        // The kernel finds it by its name (bpf_find_exception_callback_insn_off); no instruction refers to it.
        exceptionCallback(spec.function()).ifPresent(callback -> {
            if (!placedText.containsKey(callback.start())) {
                Placed there = place(callback);
                placedText.put(callback.start(), there);
                walk(there);
            }
        });
        return new ProgramImage(
                program,
                object.byteOrder(),
                InstructionCodec.encode(image, object.byteOrder()),
                funcInfo(),
                lineInfo(),
                sourceLines(),
                failed,
                btfDescriptors,
                unavailable);
    }

    /** Places what a placed function calls. */
    private void walk(Placed first) {
        Deque<Walk> walks = new ArrayDeque<>();
        walks.push(new Walk(first));
        // Depth first, with a stack of our own: how deep functions call each other is up to whoever wrote the file.
        while (!walks.isEmpty()) {
            Walk walk = walks.peek();
            Placed callee = walk.next < walk.at.function().length() ? step(walk) : null;
            if (callee != null) {
                walks.push(new Walk(callee));
            } else if (walk.next >= walk.at.function().length()) {
                walks.pop();
            }
        }
    }

    /** The function that a program names for when it throws: {@code btf_decl_tag("exception_callback:name")}. */
    private Optional<Function> exceptionCallback(Function thrower) {
        Optional<String> wanted = object.btf().flatMap(btf -> taggedCallback(btf, thrower.name()));
        return wanted.map(name -> textByStart.values().stream()
                .filter(function -> function.name().equals(name))
                .findFirst()
                .orElseThrow(() -> refused(
                        thrower, 0, "has '" + name + "' for its exception callback, which is no function in .text")));
    }

    /** Of several the kernel says that they are too many, so none is looked for. */
    private static Optional<String> taggedCallback(Btf btf, String function) {
        List<String> names = new ArrayList<>();
        for (int id = btf.firstId(); id <= btf.lastId(); id++) {
            if (btf.kind(id) == BtfKind.DECL_TAG
                    && btf.type(id) instanceof BtfType.DeclTag tag
                    && tag.componentIndex() < 0
                    && tag.tag().startsWith(EXCEPTION_CALLBACK)
                    && btf.kind(tag.typeId()) == BtfKind.FUNC
                    && btf.typeName(tag.typeId()).equals(function)) {
                names.add(tag.tag().substring(EXCEPTION_CALLBACK.length()));
            }
        }
        return names.size() == 1 ? Optional.of(names.get(0)) : Optional.empty();
    }

    private Placed place(Function function) {
        if (image.size() + function.length() > MAX_INSTRUCTIONS) {
            throw refused(function, 0, "has, with what it calls, more than " + MAX_INSTRUCTIONS + " instructions");
        }
        Placed at = new Placed(function, image.size());
        image.addAll(function.code().instructions(function));
        placed.add(at);
        relocate(at);
        function.code().references(function).forEach((slot, reference) -> fill(at, slot - function.start(), reference));
        return at;
    }

    /** Fits the function to the kernel's types, which are asked for only if it depends on them. */
    private void relocate(Placed at) {
        Function function = at.function();
        function.code().coreRelocations(function).forEach((slot, relocation) -> relocator()
                .apply(relocation, image, at.start() + slot - function.start(), function.name())
                .ifPresent(failed::add));
    }

    private CoreRelocator relocator() {
        CoreRelocator known = relocator;
        if (known == null) {
            Btf local = object.btf().orElseThrow(() -> new IllegalStateException("relocations come with BTF"));
            known = new CoreRelocator(local, target);
            relocator = known;
        }
        return known;
    }

    /** Fills in what needs no other function. */
    private void fill(Placed at, int slot, Reference reference) {
        int index = at.start() + slot;
        if (reference instanceof Reference.ToMap map) {
            if (isMade(map.map())) {
                wideLoad(at, slot, Opcodes.BPF_PSEUDO_MAP_FD, target.mapDescriptor(map.map()), 0);
            } else {
                missingMap(at, slot, map.map());
            }
        } else if (reference instanceof Reference.ToData data) {
            int offset = image.get(index).immediate() + data.offset();
            if (isMade(data.map())) {
                int start = (int) target.dataOffset(data.map());
                wideLoad(at, slot, Opcodes.BPF_PSEUDO_MAP_VALUE, target.mapDescriptor(data.map()), start + offset);
            } else {
                missingMap(at, slot, data.map());
            }
        } else if (reference instanceof Reference.ToExtern extern) {
            extern(at, slot, extern.extern());
        } else if (reference instanceof Reference.Refused no) {
            throw refused(at.function(), slot, no.reason());
        } else if (reference instanceof Reference.ToFunction) {
            wideLoad(at, slot, Opcodes.BPF_PSEUDO_FUNC, 0, 0);
        }
    }

    private boolean isMade(String map) {
        MapSpec spec = object.maps().get(map);
        return spec == null || spec.autocreate();
    }

    /** Makes both halves of the load calls that no verifier accepts, as libbpf does: fine while nothing gets there. */
    private void missingMap(Placed at, int slot, String map) {
        int index = at.start() + slot;
        int number = ProgramImage.MISSING_MAP + unavailable.size();
        wideLoad(at, slot, 0, 0, 0);
        Instruction call = new Instruction(Opcodes.BPF_JMP | Opcodes.BPF_CALL, 0, 0, (short) 0, number);
        image.set(index, call);
        image.set(index + 1, call);
        unavailable.put(index, "it uses map '" + map + "', which was not to be made (autocreate is off)");
    }

    private void extern(Placed at, int slot, ExternSpec extern) {
        ExternPlace place;
        try {
            place = target.extern(extern);
        } catch (BpfException e) {
            throw new BpfException(where(at.function(), slot) + " needs " + extern + ": " + e.getMessage(), e);
        }
        int index = at.start() + slot;
        Instruction instruction = image.get(index);
        if (instruction.isCall()) {
            image.set(index, call(instruction, index, extern, place));
        } else if (place instanceof ExternPlace.Typed typed) {
            wideLoad(at, slot, Opcodes.BPF_PSEUDO_BTF_ID, typed.typeId(), typed.descriptor());
        } else {
            long address = place instanceof ExternPlace.Address known ? known.address() : 0;
            wideLoad(at, slot, 0, (int) address, (int) (address >>> Integer.SIZE));
        }
    }

    private Instruction call(Instruction instruction, int index, ExternSpec extern, ExternPlace place) {
        if (!(place instanceof ExternPlace.Typed function)) {
            int number = ProgramImage.MISSING_FUNCTION + unavailable.size();
            unavailable.put(
                    index,
                    "it calls " + extern
                            + ", which neither this kernel nor a loaded module has; ask bpf_ksym_exists() first");
            return instruction.withSource(0).withImmediate(number);
        }
        return instruction
                .withSource(Opcodes.BPF_PSEUDO_KFUNC_CALL)
                .withOffset((short) descriptorIndex(function.descriptor()))
                .withImmediate(function.typeId());
    }

    /** A call names a module by a place in a table of descriptors, of which the first is the kernel's. */
    private int descriptorIndex(int descriptor) {
        if (descriptor == 0) {
            return 0;
        }
        if (btfDescriptors.isEmpty()) {
            btfDescriptors.add(0);
        }
        int known = btfDescriptors.indexOf(descriptor);
        if (known < 0) {
            btfDescriptors.add(descriptor);
        }
        return known < 0 ? btfDescriptors.size() - 1 : known;
    }

    private void wideLoad(Placed at, int slot, int source, int low, int high) {
        int index = at.start() + slot;
        if (slot + 1 >= at.function().length()) {
            throw refused(at.function(), slot, "ends within a 64-bit load");
        }
        image.set(index, image.get(index).withSource(source).withImmediate(low));
        image.set(index + 1, image.get(index + 1).withImmediate(high));
    }

    /** Looks at the next instruction; if it refers to a function that is not placed yet, places and returns it. */
    private @Nullable Placed step(Walk walk) {
        Function function = walk.at.function();
        int slot = walk.next++;
        int index = walk.at.start() + slot;
        Instruction instruction = image.get(index);
        if (!instruction.isSubprogramCall() && !instruction.isFunctionAddress()) {
            return null;
        }
        Reference reference = function.code().references(function).get(function.start() + slot);
        int start = calleeStart(function, slot, instruction, reference);
        Function callee = textByStart.get(start);
        if (callee == null) {
            throw refused(function, slot, "calls instruction " + start + " of .text, where no function starts");
        }
        Placed known = placedText.get(start);
        Placed there = known == null ? place(callee) : known;
        placedText.put(start, there);
        image.set(index, image.get(index).withImmediate(there.start() - index - 1));
        return known == null ? there : null;
    }

    private int calleeStart(Function function, int slot, Instruction instruction, @Nullable Reference reference) {
        if (reference instanceof Reference.ToCallee callee) {
            return callee.instruction();
        }
        if (reference instanceof Reference.ToFunction address) {
            return address.instruction();
        }
        if (instruction.isFunctionAddress() || !function.code().name().equals(CodeReader.TEXT)) {
            throw refused(function, slot, "refers to a function without saying which");
        }
        // Within one section the compiler already knows the distance.
        return function.start() + slot + instruction.immediate() + 1;
    }

    /** What the kernel is told about functions: of all or of none. */
    private byte[] funcInfo() {
        ByteBuffer bytes =
                ByteBuffer.allocate(placed.size() * ProgramImage.FUNC_INFO_SIZE).order(object.byteOrder());
        for (Placed at : placed) {
            FuncInfo info = at.function()
                    .code()
                    .functions(at.function())
                    .get(at.function().start());
            if (info == null) {
                return new byte[0];
            }
            bytes.putInt(at.start()).putInt(info.typeId());
        }
        return bytes.array();
    }

    /** What the kernel is told about source lines: it wants one at the start of each function, or none at all. */
    private byte[] lineInfo() {
        int count = 0;
        for (Placed at : placed) {
            var lines = at.function().code().lines(at.function());
            if (!lines.containsKey(at.function().start())) {
                return new byte[0];
            }
            count += lines.size();
        }
        ByteBuffer bytes =
                ByteBuffer.allocate(count * ProgramImage.LINE_INFO_SIZE).order(object.byteOrder());
        for (Placed at : placed) {
            at.function().code().lines(at.function()).forEach((slot, info) -> bytes.putInt(
                            at.start() + slot - at.function().start())
                    .putInt(info.fileNameOffset())
                    .putInt(info.lineOffset())
                    .putInt(info.lineColumn()));
        }
        return bytes.array();
    }

    private List<SourceLine> sourceLines() {
        List<SourceLine> lines = new ArrayList<>();
        for (Placed at : placed) {
            at.function().code().lines(at.function()).forEach((slot, info) -> object.btf()
                    .ifPresent(btf -> lines.add(sourceLine(
                            btf, info, at.start() + slot - at.function().start()))));
        }
        return lines;
    }

    private static SourceLine sourceLine(Btf btf, LineInfo info, int instruction) {
        return new SourceLine(
                instruction,
                btf.string(info.fileNameOffset()),
                info.line(),
                info.column(),
                btf.string(info.lineOffset()).strip());
    }

    private BpfException refused(Function function, int slot, String problem) {
        return new BpfException(where(function, slot) + " " + problem);
    }

    private String where(Function function, int slot) {
        return "cannot link program '" + program + "' of " + object.name() + ": "
                + (function.name().equals(program) ? "" : "function '" + function.name() + "', ") + "instruction "
                + slot;
    }
}
