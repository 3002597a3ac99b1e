# Runs against mock-ecs: creates nothing and needs no account.

run "the_newest_release_is_used" {
  assert {
    condition     = output.name == "web-server-2025.10"
    error_message = "${output.name} is used instead."
  }

  assert {
    condition     = join(", ", output.older) == "web-server-2025.09"
    error_message = "Kept are ${join(", ", output.older)}."
  }
}

run "release_candidates_and_deprecated_images_are_not_kept" {
  variables {
    keep = 10
  }

  assert {
    condition     = join(", ", output.older) == "web-server-2025.09"
    error_message = "Kept are ${join(", ", output.older)}."
  }
}

run "a_family_without_a_release_is_an_error" {
  command = plan

  variables {
    family = "no-such-family"
  }

  expect_failures = [data.alicloud_images.releases]
}

run "too_many_images_cannot_be_kept" {
  command = plan

  variables {
    keep = 11
  }

  expect_failures = [var.keep]
}
