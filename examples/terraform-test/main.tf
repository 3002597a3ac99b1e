# A small module that selects the image of a web server, and the ones before it.
terraform {
  required_version = ">= 1.6"

  required_providers {
    alicloud = {
      source = "alicloud-rs/alicloud"
    }
  }
}

variable "family" {
  description = "The image family to choose from."
  type        = string
  default     = "web"
}

variable "keep" {
  description = "How many older images to list for a rollback."
  type        = number
  default     = 1

  validation {
    condition     = var.keep >= 0 && var.keep <= 10
    error_message = "Between 0 and 10 older images can be kept."
  }
}

data "alicloud_images" "releases" {
  owners       = "self"
  image_family = var.family
  name_regex   = "^${var.family}-server-[0-9.]+$"
  sort_by      = "creation_time_desc"
  limit        = var.keep + 1

  lifecycle {
    postcondition {
      condition     = length(self.images) > 0
      error_message = "The family ${var.family} has no released image."
    }
  }
}

output "image_id" {
  description = "The image to use."
  value       = data.alicloud_images.releases.images[0].id
}

output "name" {
  description = "The name of that image."
  value       = data.alicloud_images.releases.images[0].name
}

output "older" {
  description = "The names of the older images, newest first."
  value       = slice(data.alicloud_images.releases.images[*].name, 1, length(data.alicloud_images.releases.images))
}
