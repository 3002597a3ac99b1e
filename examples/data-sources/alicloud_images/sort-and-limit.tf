# The three newest, newest first: the one in use, and two to go back to.
data "alicloud_images" "aliyun" {
  owners     = "system"
  name_regex = "^aliyun_3_x64_20G_alibase_"
  sort_by    = "creation_time_desc"
  limit      = 3
}

output "newest_first" {
  value = data.alicloud_images.aliyun.images[*].creation_time
}
