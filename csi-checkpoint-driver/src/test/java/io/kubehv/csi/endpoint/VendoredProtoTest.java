package io.kubehv.csi.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.kubehv.csi.proto.ControllerModifyVolumeRequest;
import io.kubehv.csi.proto.CreateVolumeRequest;
import io.kubehv.csi.proto.CsiProto;
import io.kubehv.csi.proto.ValidateVolumeCapabilitiesRequest;
import io.kubehv.csi.proto.ValidateVolumeCapabilitiesResponse;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The vendored csi.proto names a few fields otherwise; on the wire they must be CSI's. */
class VendoredProtoTest {
    static Stream<Arguments> mutableParameters() {
        return Stream.of(
                Arguments.of(CreateVolumeRequest.getDescriptor(), "volume_attributes", 8),
                Arguments.of(ValidateVolumeCapabilitiesRequest.getDescriptor(), "volume_attributes", 6),
                Arguments.of(ValidateVolumeCapabilitiesResponse.Confirmed.getDescriptor(), "volume_attributes", 4),
                Arguments.of(ControllerModifyVolumeRequest.getDescriptor(), "mutable_parameters", 3));
    }

    @ParameterizedTest
    @MethodSource("mutableParameters")
    void mutable_parameters_have_csis_numbers(Descriptor message, String field, int number) {
        FieldDescriptor descriptor = message.findFieldByName(field);

        assertThat(descriptor.getNumber()).isEqualTo(number);
        assertThat(descriptor.isMapField()).isTrue();
    }

    @Test
    void the_package_is_csis() {
        assertThat(CsiProto.getDescriptor().getPackage()).isEqualTo("csi.v1");
    }
}
