# The three newest images, newest first: one to use, and two to roll back to.
data "alicloud_images" "aliyun" {
  owners     = "system"
  name_regex = "^aliyun_3_x64_20G_alibase_"
  sort_by    = "creation_time_desc"
  limit      = 3
}

output "newest_first" {
  value = data.alicloud_images.aliyun.images[*].creation_time
}
