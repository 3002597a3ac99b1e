# A check before the image is used.
data "alicloud_image" "base" {
  owners      = "system"
  name_regex  = "^ubuntu_24_04_x64_20G_alibase_"
  most_recent = true
}

resource "terraform_data" "server" {
  input = { image_id = data.alicloud_image.base.id }

  lifecycle {
    precondition {
      condition     = data.alicloud_image.base.is_support_cloud_init && data.alicloud_image.base.size <= 20
      error_message = "Servers need cloud-init and have 20 GiB of disk."
    }
  }
}

output "image_id" {
  value = terraform_data.server.output.image_id
}
