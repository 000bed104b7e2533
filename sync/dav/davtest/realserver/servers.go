package realserver

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func (s *Server) file(name string) string { return filepath.Join(s.dir, name) }

// radicale writes its configuration: a plain password file, no delay after a
// failed login, and room for large answers.
func (s *Server) radicale() ([]string, error) {
	config := fmt.Sprintf(`[server]
hosts = 127.0.0.1:%d
max_connections = 20
max_content_length = 100000000
timeout = 120
[auth]
type = htpasswd
htpasswd_filename = %s
htpasswd_encryption = plain
delay = 0
[rights]
type = owner_only
[storage]
type = multifilesystem
filesystem_folder = %s
[logging]
level = warning
[web]
type = none
`, s.port, s.file("users"), s.file("data"))
	if _, err := os.Stat(s.file("users")); err != nil {
		if err := os.WriteFile(s.file("users"), []byte(s.User+":"+s.Password+"\n"), 0o600); err != nil {
			return nil, err
		}
	}
	return []string{"radicale", "--config", s.file("config")}, os.WriteFile(s.file("config"), []byte(config), 0o600)
}

// xandikos has no login of its own: front stands before it.
func (s *Server) xandikos() (command, env []string, err error) {
	command = []string{"xandikos", "-d", s.file("data"), "-l", "127.0.0.1", "-p", strconv.Itoa(s.inner),
		"--current-user-principal", "/" + s.User + "/", "--autocreate", "--defaults"}
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		env = append(env, "GIT_"+who+"_NAME=test", "GIT_"+who+"_EMAIL=test@localhost")
	}
	return command, env, os.MkdirAll(s.file("data"), 0o700)
}

const cyrusBin = "/usr/lib/cyrus/bin/"

// cyrus lays out what the master process and its services want, owned by
// their user, and the login's password.
func (s *Server) cyrus(fresh bool) ([]string, error) {
	conf := s.file("imapd.conf")
	command := []string{cyrusBin + "master", "-C", conf, "-M", s.file("cyrus.conf"), "-p", s.file("master.pid")}
	if !fresh {
		return command, nil
	}
	owner, err := user.Lookup("cyrus")
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	v := s.file("var")
	for _, d := range []string{"", "conf", "conf/db", "conf/proc", "conf/lock", "conf/log", "conf/msg", "conf/quota", "conf/socket", "conf/user", "conf/ptclient", "spool", "sieve"} {
		if err := os.MkdirAll(filepath.Join(v, d), 0o750); err != nil {
			return nil, err
		}
		if err := os.Chown(filepath.Join(v, d), uid, gid); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(conf, []byte(cyrusSettings(v)), 0o644); err != nil {
		return nil, err
	}
	services := fmt.Sprintf(`START {
  recover cmd="%[1]sctl_cyrusdb -C %[2]s -r"
}
SERVICES {
  imap cmd="%[1]simapd -C %[2]s -U 30" listen="127.0.0.1:%[3]d" prefork=0 maxchild=4
  http cmd="%[1]shttpd -C %[2]s -U 1000" listen="127.0.0.1:%[4]d" prefork=1 maxchild=20
}
EVENTS {
}
`, cyrusBin, conf, s.inner, s.port)
	if err := os.WriteFile(s.file("cyrus.conf"), []byte(services), 0o644); err != nil {
		return nil, err
	}
	if err := s.saslUser(s.User); err != nil {
		return nil, err
	}
	return command, os.Chown(v+"/sasldb2", uid, gid)
}

func (s *Server) saslUser(name string) error {
	tool, err := lookPath("saslpasswd2")
	if err != nil {
		return err
	}
	set := exec.Command(tool, "-p", "-c", "-f", s.file("var")+"/sasldb2", "-u", "localhost", name)
	set.Stdin = strings.NewReader(s.Password + "\n")
	if out, err := set.CombinedOutput(); err != nil {
		return fmt.Errorf("saslpasswd2: %w: %s", err, out)
	}
	return nil
}

// AddUser makes another user, with the same password, who has what the server
// gives to new ones. Xandikos has one user only.
func (s *Server) AddUser(name string) error {
	switch s.Kind {
	case Radicale:
		if err := os.WriteFile(s.file("users"), []byte(s.User+":"+s.Password+"\n"+name+":"+s.Password+"\n"), 0o600); err != nil {
			return err
		}
		return s.Restart()
	case Cyrus:
		if err := s.saslUser(name); err != nil {
			return err
		}
		return s.makeInbox(name)
	}
	return fmt.Errorf("%s has one user", s.Kind)
}

func cyrusSettings(v string) string {
	settings := []string{
		"configdirectory: " + v + "/conf", "partition-default: " + v + "/spool", "defaultpartition: default",
		"proc_path: " + v + "/conf/proc", "mboxname_lockpath: " + v + "/conf/lock", "sievedir: " + v + "/sieve",
		"idlesocket: " + v + "/conf/socket/idle", "notifysocket: " + v + "/conf/socket/notify", "lmtpsocket: " + v + "/conf/socket/lmtp",
		"sasl_sasldb_path: " + v + "/sasldb2", "sasl_pwcheck_method: auxprop", "sasl_auxprop_plugin: sasldb", "sasl_mech_list: PLAIN LOGIN",
		"servername: localhost", "admins: cyrus", "altnamespace: yes", "unixhierarchysep: yes", "virtdomains: off",
		"allowplaintext: yes", "httpmodules: caldav carddav", "httpallowcompress: no", "caldav_allowscheduling: off",
		"caldav_create_attach: no", "calendar_component_set: VEVENT VTODO", "autocreate_quota: 0",
		"autocreate_inbox_folders: Sent", "tls_sessions_db: skiplist", "skiplist_unsafe: 1", "umask: 077",
	}
	return strings.Join(settings, "\n") + "\n"
}

// AllowScheduling has Cyrus send invitations for what is stored (RFC 6638), which
// it does not do otherwise, and starts it anew. Nothing leaves the computer: there
// is no mailer.
func (s *Server) AllowScheduling() error {
	if s.Kind != Cyrus {
		return fmt.Errorf("%s has no scheduling", s.Kind)
	}
	conf, err := os.ReadFile(s.file("imapd.conf"))
	if err != nil {
		return err
	}
	on := strings.Replace(string(conf), "caldav_allowscheduling: off", "caldav_allowscheduling: on\ncalendar_user_address_set: example.org", 1)
	if err := os.WriteFile(s.file("imapd.conf"), []byte(on), 0o644); err != nil {
		return err
	}
	return s.Restart()
}

// makeInbox logs in by IMAP once: that is when Cyrus makes a user's mailbox,
// which the calendars and address books hang from.
func (s *Server) makeInbox(user string) error {
	c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", s.inner), 10*time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	r := bufio.NewReader(c)
	if _, err := r.ReadString('\n'); err != nil {
		return fmt.Errorf("imap greeting: %w", err)
	}
	for _, command := range []string{"LOGIN " + user + " " + s.Password, `LIST "" "*"`, "LOGOUT"} {
		if _, err := fmt.Fprintf(c, "a %s\r\n", command); err != nil {
			return err
		}
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return fmt.Errorf("imap: %w", err)
			}
			if strings.HasPrefix(line, "a OK") {
				break
			}
			if strings.HasPrefix(line, "a ") {
				return fmt.Errorf("imap: %s", strings.TrimSpace(line))
			}
		}
	}
	return nil
}
