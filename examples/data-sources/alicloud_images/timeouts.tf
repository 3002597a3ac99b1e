# At most a minute for the whole lookup, including retries.
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
