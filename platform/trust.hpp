// The owner of a path, and the process at the other end of a unix socket: what another user of this machine could
// change, replace or pretend to be is not trusted. Trusted are root, this process's user, and the owner of "/" (in a
// user namespace root may have another number). All calls block for a moment (lstat). Thread rule: any thread.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

namespace platform {

/// What another user may do in the folder that a path names.
enum class Sharing {
    none,    // write nothing: what is in it decides something
    sticky,  // add files (a folder with the sticky bit, such as /tmp), and touch nobody else's
};

/// Empty: no other user can change what is at the path, nor put something else there: the path itself, and each folder
/// and link on the way, belong to trusted users, and others may not write there (save in a folder with the sticky bit
/// on the way). Else the sentence that names what is wrong and the command that mends it. A missing file is not
/// judged; devices are not, either. A group that is its user's own counts as that user in the folders above the last
/// one.
std::string why_not_trusted(const std::filesystem::path& path, Sharing sharing = Sharing::none);

/// The process at the other end of a unix socket, as the kernel says. peer_of(): nothing where none is connected.
struct Peer {
    unsigned uid = 0;
    unsigned gid = 0;
    long pid = 0;
};
std::optional<Peer> peer_of(int descriptor);

/// Whether `uid` may listen on the socket at `path`: a trusted user; or a service's user in the folder that root gave
/// it
/// (/run/bmc-agent): one of the packages' names, or the owner of the state folder of the same name in /var/lib.
bool may_serve(const std::filesystem::path& path, uid_t uid);

/// The sentence for a socket on which a user listens who is not trusted to.
std::string stranger_complaint(const std::filesystem::path& path, uid_t uid);

}  // namespace platform
