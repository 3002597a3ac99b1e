# The details of an image whose ID is known.
data "alicloud_image" "pinned" {
  image_id = "ubuntu_22_04_x64_20G_alibase_20250722.vhd"
  status   = "ALL"
}

output "image" {
  value = {
    name   = data.alicloud_image.pinned.name
    status = data.alicloud_image.pinned.status
    size   = data.alicloud_image.pinned.size
  }
}
