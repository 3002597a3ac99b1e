# Own images that have both tags; whatever the team is called.
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
