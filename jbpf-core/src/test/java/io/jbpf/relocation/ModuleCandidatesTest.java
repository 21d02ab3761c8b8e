package io.jbpf.relocation;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfBuilder;
import io.jbpf.btf.BtfExt.CoreRelocation;
import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Enumerator;
import io.jbpf.btf.BtfType.Forward;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.insn.Instruction;
import io.jbpf.insn.Opcodes;
import io.jbpf.relocation.CoreResolution.Poisoned;
import io.jbpf.relocation.CoreResolution.Resolved;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Where types are looked for that the kernel itself may not have. The program has a struct ovl_fs, {@code {a, b}}. */
final class ModuleCandidatesTest {
    private static final int MOV = Opcodes.BPF_ALU64 | Opcodes.BPF_MOV | Opcodes.BPF_K;
    private static final int INT = 1;
    private static final int STRUCT = 2;

    private final Btf local = local("ovl_fs");
    private final Btf kernel = kernel().build("vmlinux");

    private static Btf local(String name) {
        BtfBuilder types = kernel();
        types.add(struct(name, "a", "b"));
        return types.build("program");
    }

    private static BtfBuilder kernel() {
        BtfBuilder types = BtfBuilder.create(ByteOrder.LITTLE_ENDIAN);
        types.add(BtfBuilder.unsigned("unsigned int", 4));
        return types;
    }

    private static Struct struct(String name, String... members) {
        List<Member> all = new ArrayList<>();
        for (String member : members) {
            all.add(new Member(member, INT, 32 * all.size(), 0));
        }
        return new Struct(name, 4 * members.length, false, all);
    }

    private CoreTarget.Module module(String name, Struct... structs) {
        BtfBuilder types = BtfBuilder.split(kernel);
        Arrays.stream(structs).forEach(types::add);
        return new CoreTarget.Module(name, types.build(name));
    }

    /** A kernel that counts how often its modules are asked for. */
    private static final class Kernel implements CoreTarget {
        private final Btf own;
        private final List<Module> modules;
        private int asked;

        Kernel(Btf own, Module... modules) {
            this.own = own;
            this.modules = List.of(modules);
        }

        @Override
        public Btf kernelBtf() {
            return own;
        }

        @Override
        public List<Module> modules() {
            asked++;
            return modules;
        }
    }

    private CoreResolution.Outcome ask(CoreTarget target, String access, CoreKind kind, int there) {
        return look(local, target, access, kind, there).outcome();
    }

    private static CoreResolution look(Btf local, CoreTarget target, String access, CoreKind kind, int there) {
        return new CoreRelocator(local, target)
                .resolve(
                        new CoreRelocation(0, STRUCT, access, kind.number()),
                        List.of(new Instruction(MOV, 1, 0, (short) 0, there)),
                        0,
                        "f");
    }

    @Test
    void aTypeThatOnlyAModuleHasAnswers() {
        Kernel target = new Kernel(
                kernel, module("fuse", struct("fuse_fs")), module("overlay", struct("ovl_fs", "new", "a", "b")));
        String type = "[2] struct ovl_fs in [overlay]";
        assertThat(ask(target, "0:1", CoreKind.FIELD_BYTE_OFFSET, 4))
                .isEqualTo(new Resolved(8, type, "overlay", List.of(type)));
        assertThat(ask(target, "0", CoreKind.TYPE_EXISTS, 1))
                .isEqualTo(new Resolved(1, type, "overlay", List.of(type)));
        assertThat(ask(target, "0", CoreKind.TYPE_SIZE, 8)).isEqualTo(new Resolved(12, type, "overlay", List.of(type)));
        assertThat(look(local, target, "0:1", CoreKind.FIELD_BYTE_OFFSET, 4))
                .hasToString("<byte_off> [2] struct ovl_fs.b (0:1): 4 -> 8 in [overlay]");
    }

    @Test
    void theInstructionGetsTheModulesAnswer() {
        Kernel target = new Kernel(kernel, module("overlay", struct("ovl_fs", "new", "a", "b")));
        List<Instruction> code = new ArrayList<>(List.of(new Instruction(MOV, 1, 0, (short) 0, 4)));
        Optional<FailedRelocation> failed = new CoreRelocator(local, target)
                .apply(new CoreRelocation(0, STRUCT, "0:1", CoreKind.FIELD_BYTE_OFFSET.number()), code, 0, "f");
        assertThat(failed).isEmpty();
        assertThat(code.get(0).immediate()).isEqualTo(8);
    }

    @Test
    void aTypesIdIsTheOneInTheModule() {
        // As libbpf gives it, although the number alone does not say whose it is.
        Kernel target = new Kernel(kernel, module("overlay", struct("first", "x"), struct("ovl_fs", "a", "b")));
        String type = "[3] struct ovl_fs in [overlay]";
        assertThat(ask(target, "0", CoreKind.TYPE_ID_TARGET, 2))
                .isEqualTo(new Resolved(3, type, "overlay", List.of(type)));
    }

    @Test
    void flavoursAndKindsCountInAModuleToo() {
        BtfBuilder types = BtfBuilder.split(kernel);
        types.add(new Enumeration("ovl_fs", 4, false, false, List.of(new Enumerator("X", 1))));
        types.add(struct("ovl_fs___2", "b", "a"));
        Kernel target = new Kernel(kernel, new CoreTarget.Module("overlay", types.build("overlay")));
        CoreResolution asked = look(local("ovl_fs___mine"), target, "0:1", CoreKind.FIELD_BYTE_OFFSET, 4);
        String type = "[3] struct ovl_fs___2 in [overlay]";
        assertThat(asked.outcome()).isEqualTo(new Resolved(0, type, "overlay", List.of(type)));
    }

    @Test
    void whatTheKernelItselfHasAloneCounts() {
        BtfBuilder types = kernel();
        types.add(struct("ovl_fs", "a"));
        Btf own = types.build("vmlinux");
        Kernel target = new Kernel(own, module("overlay", struct("ovl_fs", "b", "a")));
        String type = "[2] struct ovl_fs";
        assertThat(ask(target, "0:0", CoreKind.FIELD_BYTE_OFFSET, 0))
                .isEqualTo(new Resolved(0, type, "vmlinux", List.of(type)));
        // Even where the kernel's type lacks what a module's has.
        assertThat(ask(target, "0:1", CoreKind.FIELD_EXISTS, 1)).isEqualTo(new Resolved(0, "", "", List.of(type)));
        assertThat(ask(target, "0:1", CoreKind.FIELD_BYTE_OFFSET, 4))
                .isInstanceOfSatisfying(Poisoned.class, poisoned -> assertThat(poisoned.candidates())
                        .containsExactly(type));
        assertThat(target.asked).isZero();
    }

    @Test
    void aDeclarationOfTheKernelsIsNoCandidate() {
        // The kernel's own code may point to a struct that it leaves to the module.
        BtfBuilder types = kernel();
        types.add(new Forward("ovl_fs", false));
        Btf own = types.build("vmlinux");
        BtfBuilder module = BtfBuilder.split(own);
        module.add(struct("ovl_fs", "a", "b"));
        Kernel target = new Kernel(own, new CoreTarget.Module("overlay", module.build("overlay")));
        String type = "[3] struct ovl_fs in [overlay]";
        assertThat(ask(target, "0", CoreKind.TYPE_EXISTS, 1))
                .isEqualTo(new Resolved(1, type, "overlay", List.of(type)));
    }

    @Test
    void modulesThatAgreeAnswerTogether() {
        Kernel target = new Kernel(
                kernel,
                module("fuse", struct("ovl_fs", "a", "b")),
                module("virtiofs", struct("ovl_fs", "a", "b", "c")));
        List<String> both = List.of("[2] struct ovl_fs in [fuse]", "[2] struct ovl_fs in [virtiofs]");
        assertThat(ask(target, "0:1", CoreKind.FIELD_BYTE_OFFSET, 4))
                .isEqualTo(new Resolved(4, both.get(0), "fuse", both));
    }

    @Test
    void modulesThatDoNotAgreePoisonTheInstruction() {
        Kernel target = new Kernel(
                kernel,
                module("fuse", struct("ovl_fs", "a", "b")),
                module("virtiofs", struct("first", "x"), struct("ovl_fs", "a", "c", "b")));
        List<String> both = List.of("[2] struct ovl_fs in [fuse]", "[3] struct ovl_fs in [virtiofs]");
        assertThat(ask(target, "0:1", CoreKind.FIELD_BYTE_OFFSET, 4))
                .isEqualTo(new Poisoned("the kernel has several types of this name, which give 4 and 8", both));
        assertThat(ask(target, "0", CoreKind.TYPE_ID_TARGET, 2))
                .isEqualTo(new Poisoned("the kernel has several types of this name, which give 2 and 3", both));
        assertThat(ask(target, "0:0", CoreKind.FIELD_BYTE_OFFSET, 0))
                .isEqualTo(new Resolved(0, both.get(0), "fuse", both));
    }

    @Test
    void whatNobodyHasDoesNotExist() {
        Kernel target = new Kernel(kernel, module("fuse", struct("fuse_fs", "a")));
        assertThat(ask(target, "0", CoreKind.TYPE_EXISTS, 1)).isEqualTo(new Resolved(0, "", "", List.of()));
        assertThat(ask(target, "0:1", CoreKind.FIELD_BYTE_OFFSET, 4))
                .isEqualTo(new Poisoned("the kernel has no struct ovl_fs.b", List.of()));
        assertThat(target.asked).isEqualTo(2);
        // Types that come alone have no modules.
        assertThat(ask(() -> kernel, "0", CoreKind.TYPE_EXISTS, 1)).isEqualTo(new Resolved(0, "", "", List.of()));
    }

    @Test
    void modulesAreAskedForOnce() {
        BtfBuilder types = kernel();
        types.add(struct("ovl_fs", "a", "b"));
        types.add(struct("ovl_inode", "a"));
        Kernel target = new Kernel(kernel, module("overlay", struct("ovl_fs", "a", "b"), struct("ovl_inode", "a")));
        CoreRelocator relocator = new CoreRelocator(types.build("program"), target);
        List<Instruction> code = List.of(new Instruction(MOV, 1, 0, (short) 0, 1));
        for (int type = STRUCT; type <= STRUCT + 1; type++) {
            for (CoreKind kind : List.of(CoreKind.TYPE_EXISTS, CoreKind.TYPE_MATCHES)) {
                CoreResolution asked = relocator.resolve(new CoreRelocation(0, type, "0", kind.number()), code, 0, "f");
                assertThat(asked.outcome())
                        .isInstanceOfSatisfying(Resolved.class, resolved -> assertThat(resolved.isOfModule())
                                .isTrue());
            }
        }
        assertThat(target.asked).isEqualTo(1);
    }
}
