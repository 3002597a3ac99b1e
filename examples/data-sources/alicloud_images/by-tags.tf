# Images of your own account that have both tags, the second with any value.
data "alicloud_images" "production" {
  owners = "self"

  tags = {
    env  = "prod"
    team = null
  }
}

output "names" {
  value = data.alicloud_images.production.images[*].name
}
