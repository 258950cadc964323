# Starts programs and times them, one line of orders after the other:
#   PAYLOAD-FILE <tab> NAME=VALUE ... <tab> -- <tab> COMMAND <tab> ARGUMENT ...
# answered by: WALL-MICROSECONDS CPU-MICROSECONDS EXIT-STATUS
# From just before the fork until the child is reaped; CPU is the child's own and its children's, user and system. The payload comes
# through a socket, as under Claude Code. In perl because that starts programs at little cost of its own and is there on most systems.
use strict;
use warnings;
use POSIX ();
use Socket;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my %getrusage = (x86_64 => 98, aarch64 => 165);
my $number = $^O eq 'linux' ? $getrusage{ (POSIX::uname())[4] } : undef;
my %payloads;

sub cpu_of_children {
  if (!defined $number) {
    my (undef, undef, $user, $system) = times;    # counts in hundredths of a second
    return ($user + $system) * 1e6;
  }
  my $usage = "\0" x 144;
  syscall($number, -1, $usage) == 0 or die "getrusage: $!";
  my ($user, $user_us, $system, $system_us) = unpack 'q4', $usage;
  return ($user + $system) * 1e6 + $user_us + $system_us;
}

sub payload {
  my ($file) = @_;
  return $payloads{$file} //= do { open my $in, '<:raw', $file or die "$file: $!"; local $/; <$in> };
}

$| = 1;
$SIG{PIPE} = 'IGNORE';
while (my $line = <STDIN>) {
  chomp $line;
  my ($file, @rest) = split /\t/, $line;
  my %environment;
  while (defined(my $word = shift @rest)) {
    last if $word eq '--';
    my ($name, $value) = split /=/, $word, 2;
    $environment{$name} = $value;
  }
  my $input = payload($file);
  my $cpu = cpu_of_children();
  my $began = clock_gettime(CLOCK_MONOTONIC);
  socketpair(my $ours, my $theirs, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die "socketpair: $!";
  my $pid = fork // die "fork: $!";
  if ($pid == 0) {
    %ENV = %environment;
    open STDIN, '<&', $theirs or POSIX::_exit(126);
    open STDOUT, '>', '/dev/null' or POSIX::_exit(126);
    open STDERR, '>', '/dev/null' or POSIX::_exit(126);
    exec { $rest[0] } @rest or POSIX::_exit(127);
  }
  close $theirs;
  my $written = 0;
  while ($written < length $input) {
    my $count = syswrite $ours, $input, length($input) - $written, $written;
    last if !defined $count;    # a program that does not read
    $written += $count;
  }
  close $ours;
  waitpid $pid, 0;
  my $status = $?;
  my $wall = (clock_gettime(CLOCK_MONOTONIC) - $began) * 1e6;
  printf "%.1f %.1f %d\n", $wall, cpu_of_children() - $cpu, $status;
}
