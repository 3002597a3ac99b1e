# Filters of the service that are not arguments. An image must match all of them.
data "alicloud_images" "spring" {
  owners = "system"

  filter {
    name  = "CreationStartTime"
    value = "2025-01-01T00:00Z"
  }

  filter {
    name  = "CreationEndTime"
    value = "2025-07-01T00:00Z"
  }
}

output "names" {
  value = data.alicloud_images.spring.images[*].name
}
