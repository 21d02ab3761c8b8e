package io.jbpf.fuzz;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfExt;
import io.jbpf.elf.BinaryFile;
import io.jbpf.elf.ElfFile;
import io.jbpf.elf.ElfSection;
import io.jbpf.elf.UsdtProbe;
import io.jbpf.error.BpfException;
import io.jbpf.error.MalformedObjectException;
import io.jbpf.insn.Disassembler;
import io.jbpf.insn.Instruction;
import io.jbpf.insn.InstructionCodec;
import io.jbpf.insn.InstructionNames;
import io.jbpf.object.LinkTarget;
import io.jbpf.object.ObjectSpec;
import io.jbpf.object.ProgramSpec;
import io.jbpf.relocation.CoreResolution;
import io.jbpf.testkit.TestObjects;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** A way for bytes to come in, and all that is done with them. */
enum FuzzTarget {
    /** ELF files, down to each section's bytes, symbols and relocations. */
    ELF {
        @Override
        void use(byte[] input) {
            ElfFile file = ElfFile.parse(NAME, input);
            for (ElfSection section : file.sections()) {
                consume(section.isZeroes() ? 0 : section.bytes().length);
                consume(file.relocations(section).size());
            }
            consume(file.symbols().size());
        }
    },

    /** The section {@code .BTF}, with every question that can be asked of every type. */
    BTF {
        @Override
        void use(byte[] input) {
            Btf btf = Btf.parse(NAME, input);
            for (int id = btf.firstId(); id <= btf.lastId(); id++) {
                int type = id;
                consume(btf.type(type));
                refusable(() -> consume(btf.sizeOf(type)));
                refusable(() -> consume(btf.resolve(type)));
                refusable(() -> consume(btf.findFlavours(Btf.essentialName(btf.typeName(type))).length));
            }
        }
    },

    /** The section {@code .BTF.ext}, beside the types of a sound object. */
    BTF_EXT {
        @Override
        void use(byte[] input) {
            BtfExt ext = BtfExt.parse(NAME, input, Sound.BTF);
            for (String section : Sound.SECTIONS) {
                consume(ext.funcInfo(section).size());
                consume(ext.lineInfo(section).size());
                consume(ext.coreRelocations(section).size());
            }
        }
    },

    /** Instructions, in both byte orders, there and back, and as text. */
    INSTRUCTIONS {
        @Override
        void use(byte[] input) {
            for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
                List<Instruction> code = InstructionCodec.decode(NAME, "text", input, order);
                for (int i = 0; i < code.size(); i++) {
                    consume(DISASSEMBLER.text(code, i));
                }
                byte[] again = InstructionCodec.encode(code, order);
                if (!Arrays.equals(input, again)) {
                    throw new AssertionError("instructions do not come back as they were");
                }
            }
        }
    },

    /** Programs and libraries, for the functions and probes in them that can be attached to. */
    BINARY {
        @Override
        void use(byte[] input) {
            BinaryFile file = BinaryFile.parse(NAME, ByteBuffer.wrap(input));
            for (String function : file.functions("*").keySet()) {
                refusable(() -> consume(file.fileOffset(function)));
            }
            for (UsdtProbe probe : file.usdtProbes("jbpf", "sample")) {
                refusable(() -> consume(probe.parseArguments().size()));
            }
            consume(file.isPositionIndependent());
        }
    },

    /** A whole object: its spec, and each program linked and fitted to a kernel's types, and what they say listed. */
    OBJECT {
        @Override
        void use(byte[] input) {
            ObjectSpec spec = ObjectSpec.parse(NAME, input);
            for (ProgramSpec program : spec.programs().values()) {
                refusable(() -> consume(spec.link(program, Sound.TARGET).instructionCount()));
            }
            consume(listed(spec));
            consume(spec.kernelBtf().map(bytes -> bytes.length).orElse(0));
        }
    };

    /** How errors have to name the input. */
    private static final String NAME = "input";

    private static final Disassembler DISASSEMBLER = new Disassembler(InstructionNames.PLAIN);

    abstract void use(byte[] input);

    /** Uses an input. Returns if it was good, or was refused as it should be; throws anything else: a finding. */
    final void accept(byte[] input) {
        try {
            use(input);
        } catch (MalformedObjectException e) {
            if (!e.file().equals(NAME) || e.section().isEmpty() || e.offset() < 0) {
                throw new AssertionError("does not say where: " + e.getMessage(), e);
            }
        }
    }

    /** A listing has rows for what is wrong; it does not fail. */
    private static List<CoreResolution> listed(ObjectSpec spec) {
        try {
            return spec.coreRelocations(() -> Sound.KERNEL);
        } catch (BpfException e) {
            throw new AssertionError("cannot list relocations", e);
        }
    }

    private static void refusable(Runnable use) {
        try {
            use.run();
        } catch (BpfException e) {
            consume(e.toString());
        }
    }

    private static void consume(Object value) {
        if (value.toString().isEmpty()) {
            throw new AssertionError("nothing came of it");
        }
    }

    /** A sound object to set the input beside. */
    private static final class Sound {
        static final Btf BTF = TestObjects.read("core").btf().orElseThrow();
        static final String[] SECTIONS = {"raw_tp/sys_enter", "tc", "xdp", ".text", "socket"};
        static final Btf KERNEL = TestObjects.read("core_kernel").btf().orElseThrow();

        static final LinkTarget TARGET = new LinkTarget() {
            @Override
            public int mapDescriptor(String mapName) {
                return 3;
            }

            @Override
            public Btf kernelBtf() {
                return KERNEL;
            }
        };

        private Sound() {}
    }
}
