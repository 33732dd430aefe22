package io.kubehv.hv.accelerator;

/** A child of the probe whose guest jumps to itself for ever. */
final class SpinningGuest {
    private SpinningGuest() {}

    public static void main(String[] arguments) {
        new KvmProbe(arguments[0], memory -> {
                    ProbeGuest.load(memory);
                    memory.put(ProbeGuest.firstInstruction(), new byte[] {(byte) 0xEB, (byte) 0xFE});
                })
                .answer();
    }
}
