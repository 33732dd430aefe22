package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** The request, and then the record, that an export becomes a VM. */
@JsonClassDescription(
        "Makes a VirtualMachine of what an Export has written, once. The object stays as the record of it; deleting it leaves the VM.")
@Group(KubeHV.GROUP)
@Version(KubeHV.VERSION)
@Kind("Import")
@ShortNames("vmimport")
@AdditionalPrinterColumn(name = "VM", jsonPath = ".status.virtualMachine", getDescription = "What it makes")
@AdditionalPrinterColumn(name = "Mode", jsonPath = ".spec.mode", getDescription = "Who the VM is")
@AdditionalPrinterColumn(name = "Phase", jsonPath = ".status.phase", getDescription = "How far it is")
@AdditionalPrinterColumn(name = "Progress", jsonPath = ".status.progress", getDescription = "How far its disks are")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason", priority = 1)
public class Import extends CustomResource<ImportSpec, ImportStatus> implements Namespaced {}
