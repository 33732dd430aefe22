package io.kubehv.hv.accelerator;

import io.kubehv.hv.accelerator.AcceleratorVerdict.NotUsable;
import io.kubehv.hv.accelerator.AcceleratorVerdict.Reason;
import io.kubehv.hv.accelerator.AcceleratorVerdict.Usable;
import io.kubehv.hv.linux.kvm.KvmException;
import io.kubehv.hv.linux.kvm.KvmExit;
import io.kubehv.hv.linux.kvm.KvmMachine;
import io.kubehv.hv.linux.kvm.KvmProcessor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;

/**
 * The child process of {@link AcceleratorProbe}: runs the guest and tells its parent by {@link ProbeProtocol} on standard
 * output. It ends when its parent does, which it learns from the end of standard input.
 */
final class KvmProbe {
    private static final int PARENT_GONE = 2;
    private static final List<KvmExit> EXPECTED = expectedExits();

    private final String device;
    private final Consumer<ByteBuffer> loader;

    KvmProbe(String device, Consumer<ByteBuffer> loader) {
        this.device = device;
        this.loader = loader;
    }

    /** Argument: the path of KVM's device. */
    public static void main(String[] arguments) {
        new KvmProbe(arguments[0], ProbeGuest::load).answer();
    }

    /** Runs the guest and says on standard output how it went. */
    void answer() {
        Thread.ofPlatform().daemon().name("parent").start(KvmProbe::endWithParent);
        tell(ProbeProtocol.verdict(verdict(() -> tell(ProbeProtocol.READY))));
    }

    AcceleratorVerdict verdict(Runnable ready) {
        try {
            int version = KvmMachine.apiVersion(device);
            if (version != KvmMachine.knownApiVersion()) {
                return new NotUsable(Reason.API_VERSION, device + " speaks API version " + version);
            }
            try (KvmMachine machine = KvmMachine.create(device, ProbeGuest.MEMORY_BYTES);
                    KvmProcessor processor = machine.createProcessor()) {
                loader.accept(machine.memory());
                ProbeGuest.start(processor);
                rehearse();
                ready.run();
                return outcome(processor);
            }
        } catch (KvmException e) {
            return new NotUsable(reason(e), String.valueOf(e.getMessage()));
        }
    }

    private static Reason reason(KvmException e) {
        if (e.isAbsent()) {
            return Reason.NO_DEVICE;
        }
        return e.isDenied() ? Reason.PERMISSION_DENIED : Reason.SYSTEM_CALL_FAILED;
    }

    private static AcceleratorVerdict outcome(KvmProcessor processor) {
        for (KvmExit wanted : EXPECTED) {
            KvmExit exit = processor.run();
            if (!exit.equals(wanted)) {
                return failure(exit, wanted);
            }
        }
        return new Usable();
    }

    private static List<KvmExit> expectedExits() {
        long result = ProbeGuest.expectedResult();
        return List.of(
                new KvmExit.PortWrite(ProbeGuest.RESULT_PORT, Integer.BYTES, result & 0xFFFFFFFFL),
                new KvmExit.PortWrite(ProbeGuest.RESULT_PORT, Integer.BYTES, result >>> Integer.SIZE),
                new KvmExit.Halt());
    }

    /**
     * Goes once through all that comes after the guest. The JVM loads it then, which takes longer than the guest does,
     * and only the guest's time is to count.
     */
    private static void rehearse() {
        ProbeProtocol.parse(ProbeProtocol.verdict(new Usable()));
        for (KvmExit exit : EXPECTED) {
            KvmExit other = new KvmExit.GaveUp(0, exit.equals(EXPECTED.getFirst()));
            ProbeProtocol.parse(ProbeProtocol.verdict(failure(exit, other)));
            ProbeProtocol.parse(ProbeProtocol.verdict(failure(other, exit)));
        }
    }

    static AcceleratorVerdict failure(KvmExit exit, KvmExit wanted) {
        return switch (exit) {
            case KvmExit.PortWrite _, KvmExit.Halt _ ->
                new NotUsable(Reason.WRONG_RESULT, "the guest came to %s, not %s".formatted(exit, wanted));
            case KvmExit.GaveUp(int _, boolean instruction)
            when instruction ->
                new NotUsable(Reason.NOT_EXECUTED, "KVM interpreted the guest and met an instruction that it can't");
            case KvmExit.Shutdown _, KvmExit.GaveUp _, KvmExit.EntryFailed _, KvmExit.Other _ ->
                new NotUsable(Reason.GUEST_FAILED, "the guest ended with " + exit);
        };
    }

    @SuppressWarnings("SystemOut") // standard output is the channel to the parent
    private static void tell(String line) {
        System.out.println(line);
        System.out.flush();
    }

    /** A guest that hangs would outlive a parent that was killed. */
    private static void endWithParent() {
        try {
            while (System.in.read() >= 0) {
                // nothing that the parent says matters
            }
        } catch (IOException e) {
            tell(ProbeProtocol.verdict(new NotUsable(Reason.PROBE_FAILED, "the channel to the parent broke: " + e)));
        }
        Runtime.getRuntime().halt(PARENT_GONE);
    }
}
