# The newest image that is at least a week old, so that a new one is tried elsewhere first.
data "alicloud_images" "mature" {
  owners       = "self"
  image_family = "web"
  minimum_age  = "168h"
  most_recent  = true
}

output "image_id" {
  value = data.alicloud_images.mature.images[0].id
}
