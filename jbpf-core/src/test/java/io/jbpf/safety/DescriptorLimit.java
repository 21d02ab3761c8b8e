package io.jbpf.safety;

import io.jbpf.BpfObject;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.VerifierException;
import io.jbpf.map.BpfMap;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.object.ObjectSpec;
import io.jbpf.testkit.TestObjects;
import java.util.ArrayList;
import java.util.List;

/** A process of few descriptors: opens maps until none is left, then an object for which some but not enough are. */
final class DescriptorLimit {
    private static final MapSpec ONE = MapSpec.of("jbpf_limit", MapType.ARRAY, 4, 4, 1);

    private DescriptorLimit() {}

    /** Says what happened; the exit status is 0 if all was as it should be. */
    public static void main(String[] arguments) {
        ObjectSpec spec = TestObjects.read("attach");
        // A class takes a descriptor to be read: those of a load that succeeds, and of one that does not.
        BpfObject.load(spec).close();
        try {
            BpfObject.load(TestObjects.read("refused")).close();
            throw new AssertionError("the verifier has nothing against it");
        } catch (VerifierException expected) {
            System.out.println(expected.summary());
        }
        List<BpfMap> maps = new ArrayList<>();
        try {
            while (maps.size() < 10_000) {
                maps.add(BpfMap.create(ONE));
            }
            throw new AssertionError("there is no limit");
        } catch (SystemCallException e) {
            requireLimit(e);
            System.out.println("opened " + maps.size() + ", then: " + e.getMessage());
        }
        // With one descriptor more each time, the load gets further before it fails, until it does not.
        int tries = 0;
        while (!loads(spec)) {
            maps.remove(maps.size() - 1).close();
            if (++tries > 20) {
                throw new AssertionError("what was opened for the load has not been closed");
            }
        }
        System.out.println("went on after " + tries + " more were free");
        maps.forEach(BpfMap::close);
    }

    private static boolean loads(ObjectSpec spec) {
        try {
            BpfObject.load(spec).close();
            return true;
        } catch (SystemCallException e) {
            requireLimit(e);
            return false;
        }
    }

    private static void requireLimit(SystemCallException e) {
        if (!e.errno().equals(Errno.EMFILE)) {
            throw e;
        }
    }
}
