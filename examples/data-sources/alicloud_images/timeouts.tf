# At most a minute for the whole look-up, repeats included.
data "alicloud_images" "rocky" {
  owners     = "system"
  name_regex = "^rockylinux_9"

  timeouts {
    read = "1m"
  }
}

output "ids" {
  value = data.alicloud_images.rocky.ids
}
