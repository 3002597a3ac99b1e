# The newest image of a family in your own account.
data "alicloud_image" "web" {
  owners       = "self"
  image_family = "web"
  most_recent  = true

  tags = {
    env = "prod"
  }
}

output "image" {
  value = {
    id      = data.alicloud_image.web.id
    name    = data.alicloud_image.web.name
    created = data.alicloud_image.web.creation_time
  }
}
