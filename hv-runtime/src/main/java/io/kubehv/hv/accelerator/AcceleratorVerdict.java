package io.kubehv.hv.accelerator;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/** Whether KVM can run guests here. */
public sealed interface AcceleratorVerdict {
    /** A 64-bit guest ran and computed what it should. */
    record Usable() implements AcceleratorVerdict {
        @Override
        public String toJson() {
            return "{\"usable\":true}";
        }
    }

    /**
     * No guest can be trusted to run.
     *
     * @param reason what kind of trouble
     * @param detail for people, in one line
     */
    record NotUsable(Reason reason, String detail) implements AcceleratorVerdict {
        @Override
        public String toJson() {
            return "{\"usable\":false,\"reason\":\"%s\",\"detail\":\"%s\"}"
                    .formatted(
                            reason.text(),
                            new String(JsonStringEncoder.getInstance().quoteAsString(detail)));
        }
    }

    /** One line of JSON: {@code usable}, and if it is false {@code reason} and {@code detail}. */
    String toJson();

    /** Why KVM can't be used. Names are written to the log and to JSON and don't change; there may be more some day. */
    enum Reason {
        /** There is no device, or nothing behind it. */
        NO_DEVICE("NoDevice"),
        /** The device is there and we may not open it. */
        PERMISSION_DENIED("PermissionDenied"),
        /** The device speaks another version of the API than 12. */
        API_VERSION("ApiVersion"),
        /** The kernel refused to make the machine. */
        SYSTEM_CALL_FAILED("SystemCallFailed"),
        /** KVM interprets the guest instead of running it, and met an instruction that it can't interpret. */
        NOT_EXECUTED("NotExecuted"),
        /** The guest stopped in another way than it should. */
        GUEST_FAILED("GuestFailed"),
        /** The guest was still running at the deadline. A guest that is interpreted is that slow. */
        GUEST_HUNG("GuestHung"),
        /** The guest computed something else than it should. */
        WRONG_RESULT("WrongResult"),
        /** The probe itself did not come to an answer. */
        PROBE_FAILED("ProbeFailed");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        /** The name in JSON. */
        public String text() {
            return text;
        }
    }
}
