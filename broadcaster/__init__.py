"""Station software for Vietnamese commune loudspeakers (*loa truyền thanh xã*)."""
