# The same image has a different ID in each region. One provider block is enough.
data "alicloud_images" "web" {
  for_each = toset(["cn-hangzhou", "ap-southeast-1", "eu-central-1"])

  region       = each.key
  owners       = "self"
  image_family = "web"
  most_recent  = true
}

output "image_ids" {
  value = { for region, found in data.alicloud_images.web : region => found.images[0].id }
}
