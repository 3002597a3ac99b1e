# A lookup that checks what the rest of the configuration relies on.
data "alicloud_images" "arm" {
  owners       = "system"
  architecture = "arm64"
  name_regex   = "^aliyun_3_arm64"
  most_recent  = true

  lifecycle {
    postcondition {
      condition     = length(self.images) == 1 && alltrue([for image in self.images : image.boot_mode == "UEFI"])
      error_message = "There must be an image for Arm that boots by UEFI."
    }
  }
}

output "image_id" {
  value = data.alicloud_images.arm.images[0].id
}
