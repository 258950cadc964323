# Starts programs and times them, one line of orders after the other:
#   PAYLOAD-FILE <tab> NAME=VALUE ... <tab> -- <tab> COMMAND <tab> ARGUMENT ...
# answered by: WALL-MICROSECONDS CPU-MICROSECONDS STATUS. Without a command the child ends at once: what the fork alone costs.
# Wall time is from just before the fork until the child is reaped; CPU is user and system time of the child and its children. The
# payload comes through a socket, as under Claude Code. In perl because that starts programs at little cost of its own and is there on
# most systems; to keep the fork small it loads no other module, and everything that the child needs is prepared before.
use strict;
use warnings;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my ($AF_UNIX, $SOCK_STREAM) = (1, 1);
my %numbers = (x86_64 => [98, 231], aarch64 => [165, 94]);
my ($getrusage, $exit_group) = @{ $^O eq 'linux' && $numbers{ `uname -m` =~ s/\s//gr } || [] };
my %payloads;

sub cpu_of_children {
  if (!defined $getrusage) {
    my (undef, undef, $user, $system) = times;    # counts in hundredths of a second
    return ($user + $system) * 1e6;
  }
  my $usage = "\0" x 144;
  syscall($getrusage, -1, $usage) == 0 or die "getrusage: $!";
  my ($user, $user_us, $system, $system_us) = unpack 'q4', $usage;
  return ($user + $system) * 1e6 + $user_us + $system_us;
}

sub payload {
  my ($file) = @_;
  return $payloads{$file} //= do { open my $in, '<:raw', $file or die "$file: $!"; local $/; <$in> };
}

# Standard input, output and error are the child's: everything else is closed when it is executed.
open my $orders, '<&', \*STDIN or die $!;
open my $answers, '>&', \*STDOUT or die $!;
open STDOUT, '>', '/dev/null' or die $!;
open STDERR, '>', '/dev/null' or die $!;
$SIG{PIPE} = 'IGNORE';

while (my $line = <$orders>) {
  chomp $line;
  my ($file, @command) = split /\t/, $line;
  %ENV = ();
  while (defined(my $word = shift @command)) {
    last if $word eq '--';
    my ($name, $value) = split /=/, $word, 2;
    $ENV{$name} = $value;
  }
  my $size = length payload($file);
  socketpair(my $ours, my $theirs, $AF_UNIX, $SOCK_STREAM, 0) or die "socketpair: $!";
  open STDIN, '<&', $theirs or die $!;
  close $theirs;
  my $cpu = cpu_of_children();
  my $began = clock_gettime(CLOCK_MONOTONIC);
  my $pid = fork // die "fork: $!";
  if ($pid == 0) {
    if (!@command) { defined $exit_group ? syscall($exit_group, 0) : exit 0 }
    exec { $command[0] } @command or kill 'KILL', $;
  }
  open STDIN, '<', '/dev/null' or die $!;    # not closed: the next socket would take its number
  my $written = 0;
  while ($written < $size) {
    my $count = syswrite $ours, $payloads{$file}, $size - $written, $written;
    last if !defined $count;    # a program that does not read
    $written += $count;
  }
  close $ours;
  waitpid $pid, 0;
  my $status = $?;
  my $wall = (clock_gettime(CLOCK_MONOTONIC) - $began) * 1e6;
  syswrite $answers, sprintf "%.1f %.1f %d\n", $wall, cpu_of_children() - $cpu, $status;
}
